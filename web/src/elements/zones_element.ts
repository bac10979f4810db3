import {css, html, LitElement, nothing, type TemplateResult} from 'lit';
import type {ZoneCheck} from '../engine/explain.ts';
import type {MachineView, ZoneView} from '../engine/model.ts';
import {count, memoryText} from '../render/format.ts';
import {gaugeOf} from '../render/zone_gauge.ts';
import {cssVars} from './css_vars.ts';
import {panelStyles} from './shared_styles.ts';

export interface ZonesModel {
  readonly view: MachineView;
  /** What the call of this step asked of the zones. */
  readonly checks: readonly ZoneCheck[];
}

/**
 * One gauge a zone: its free pages against the watermarks min, low and high, against the boost
 * that a steal raised them by, and against what the last call needed.
 * @element kmem-zones
 */
export class ZonesElement extends LitElement {
  static override properties = {model: {attribute: false}};
  declare model: ZonesModel | null;

  static override styles = [
    panelStyles,
    css`
      .zone + .zone {
        margin-top: 14px;
        padding-top: 12px;
        border-top: 1px solid var(--kmem-line);
      }
      .free {
        font-size: 20px;
        font-weight: 650;
        font-variant-numeric: tabular-nums;
      }
      .bar {
        position: relative;
        height: 14px;
        border: 1px solid var(--kmem-edge);
        border-radius: 4px;
        background: var(--kmem-sunken);
        overflow: hidden;
        margin: 4px 0 0;
        forced-color-adjust: none;
      }
      .fill {
        position: absolute;
        inset: 0 auto 0 0;
        width: var(--at);
        background: var(--kmem-good);
        opacity: 0.75;
      }
      .warn .fill {
        background: var(--kmem-warn);
      }
      .bad .fill {
        background: var(--kmem-bad);
      }
      .tick {
        position: absolute;
        inset: 0 auto 0 var(--at);
        width: 2px;
        margin-left: -1px;
        background: var(--kmem-ink);
      }
      .boost {
        position: absolute;
        inset: 0 auto 0 var(--at);
        width: var(--to);
        background: repeating-linear-gradient(
          -45deg,
          var(--kmem-warn) 0 3px,
          transparent 3px 6px
        );
      }
      .needs {
        position: absolute;
        inset: 0 auto 0 var(--at);
        width: 0;
        margin-left: -1.5px;
        border-inline-start: 3px dotted var(--kmem-select);
      }
      .check {
        margin: 0 0 2px;
        font-size: 13px;
        overflow-wrap: anywhere;
      }
      .check b {
        color: var(--kmem-select);
        font-weight: 600;
      }
      .break {
        position: absolute;
        inset: 0 auto 0 var(--at);
        width: 5px;
        margin-left: -2px;
        background: var(--kmem-panel);
        transform: skewX(-18deg);
      }
      .scale {
        position: relative;
        height: 17px;
        font-size: 12px;
        color: var(--kmem-soft);
      }
      .scale span {
        position: absolute;
        left: var(--at);
        transform: translateX(-50%);
        white-space: nowrap;
      }
      .scale span:first-child {
        transform: translateX(-80%);
      }
      .scale span:nth-child(3) {
        transform: translateX(-20%);
      }
      .scale span:last-child {
        left: auto;
        right: 0;
        transform: none;
      }
      dl {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 14px;
        margin: 6px 0 0;
        font-size: 13px;
      }
      dl > div {
        display: flex;
        gap: 5px;
      }
      dt {
        color: var(--kmem-soft);
      }
      dd {
        margin: 0;
        font-variant-numeric: tabular-nums;
      }
      .verdict {
        font-size: 13px;
        color: var(--kmem-good);
      }
      .warn .verdict {
        color: var(--kmem-warn);
      }
      .bad .verdict {
        color: var(--kmem-bad);
      }
    `,
  ];

  constructor() {
    super();
    this.model = null;
  }

  override render(): TemplateResult {
    return html`
      <section class="panel" aria-labelledby="zones">
        <div class="head"><h2 id="zones">Zones</h2></div>
        ${this.model?.view.zones.map((zone) => this.#zone(zone, this.model?.checks ?? []))}
      </section>
    `;
  }

  #zone(zone: ZoneView, checks: readonly ZoneCheck[]): TemplateResult {
    const check = checks.find((one) => one.zone === zone.index) ?? null;
    const gauge = gaugeOf(zone, check);
    const at = (percent: number) => cssVars({'--at': `${percent.toFixed(2)}%`});
    const label =
      `Node ${zone.node}, zone ${zone.name}: ${count(zone.free)} of ${count(zone.managed)} ` +
      `pages free, ${gauge.verdict}`;
    return html`
      <div class="zone ${gauge.level}">
        <div class="head">
          <h3>Node ${zone.node}, zone ${zone.name}</h3>
          <span class="verdict">${gauge.verdict}</span>
        </div>
        <div><span class="free">${count(zone.free)}</span>
          <span class="hint">of ${count(zone.managed)} managed pages free
            (${memoryText(zone.free)})</span>
        </div>
        <div class="bar" role="img" aria-label=${label}>
          <div class="fill" ${at(gauge.free)}></div>
          ${
            gauge.boost
              ? html`<div class="boost" ${cssVars({
                  '--at': `${gauge.boost.from.toFixed(2)}%`,
                  '--to': `${(gauge.boost.to - gauge.boost.from).toFixed(2)}%`,
                })}></div>`
              : nothing
          }
          <div class="break" ${at(gauge.breakAt)}></div>
          <div class="tick" ${at(gauge.min)}></div>
          <div class="tick" ${at(gauge.low)}></div>
          <div class="tick" ${at(gauge.high)}></div>
          ${gauge.needs === null ? nothing : html`<div class="needs" ${at(gauge.needs)}></div>`}
        </div>
        <div class="scale" aria-hidden="true">
          <span ${at(gauge.min)}>min</span>
          <span ${at(gauge.low)}>low</span>
          <span ${at(gauge.high)}>high</span>
          <span>all ${count(zone.managed)}</span>
        </div>
        ${
          check
            ? html`<p class="check">
                <b>┇ this call</b> ${check.passed ? 'passed' : 'was refused'}: ${check.text}
              </p>`
            : nothing
        }
        <dl>
          ${this.#fact('min', zone.min)} ${this.#fact('low', zone.low)}
          ${this.#fact('high', zone.high)} ${this.#fact('boost', zone.boost)}
          ${this.#fact('per-CPU delta', zone.freeDelta)}
          ${
            zone.highatomicReserved > 0
              ? this.#fact('highatomic', zone.highatomicReserved)
              : nothing
          }
          <div>
            <dt>lowmem reserve</dt>
            <dd>${zone.lowmemReserve.map(count).join(' ')}</dd>
          </div>
        </dl>
      </div>
    `;
  }

  #fact(name: string, pages: number): TemplateResult {
    return html`<div><dt>${name}</dt><dd>${count(pages)}</dd></div>`;
  }
}

customElements.define('kmem-zones', ZonesElement);
