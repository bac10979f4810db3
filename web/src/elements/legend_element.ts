import {css, html, LitElement, nothing, type TemplateResult} from 'lit';
import {kFrameTypeShift} from '../engine/frame_state.ts';
import {kMigratetypes} from '../engine/model.ts';
import {count} from '../render/format.ts';
import type {FrameCounts} from '../render/frame_text.ts';
import {
  colourOf,
  cssColour,
  kKindAllocated,
  kKindBefore,
  kKindFree,
  kKindHole,
  kKindPcp,
  type Theme,
} from '../render/palette.ts';
import {cssVars} from './css_vars.ts';
import {panelStyles} from './shared_styles.ts';

export interface LegendModel {
  readonly counts: FrameCounts;
  readonly theme: Theme;
}

/**
 * What the colours of the frame map mean, and how many frames have each: the map as a table.
 * @element kmem-legend
 */
export class LegendElement extends LitElement {
  static override properties = {model: {attribute: false}};
  declare model: LegendModel | null;

  static override styles = [
    panelStyles,
    css`
      .scroll {
        overflow-x: auto;
      }
      table {
        border-collapse: collapse;
        width: 100%;
        font-size: 13px;
        font-variant-numeric: tabular-nums;
      }
      th {
        font-weight: 500;
        color: var(--kmem-soft);
        text-align: start;
        padding: 2px 8px 2px 0;
      }
      td {
        padding: 2px 8px 2px 0;
        white-space: nowrap;
      }
      .swatch {
        display: inline-block;
        width: 14px;
        height: 14px;
        margin-inline-end: 6px;
        vertical-align: -2px;
        border: 1px solid var(--kmem-edge);
        border-radius: 3px;
        background: var(--swatch);
        forced-color-adjust: none;
      }
      .slash {
        background: linear-gradient(
          to top right,
          transparent 46%,
          var(--kmem-ink) 46% 54%,
          transparent 54%
        ), var(--swatch);
      }
      .rest {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 18px;
        margin-top: 4px;
        font-size: 13px;
      }
    `,
  ];

  constructor() {
    super();
    this.model = null;
  }

  override render(): TemplateResult | typeof nothing {
    const {model} = this;
    if (!model) return nothing;
    const {counts} = model;
    const shown = kMigratetypes.flatMap((_, type) =>
      type < 3 || (counts.free[type] ?? 0) + (counts.allocated[type] ?? 0) > 0 ? [type] : [],
    );
    const row = (name: string, kind: number, values: readonly number[]) => html`
      <tr>
        <th scope="row">${name}</th>
        ${shown.map(
          (type) =>
            html`<td>${this.#swatch(kind | (type << kFrameTypeShift))}${count(values[type] ?? 0)}</td>`,
        )}
      </tr>
    `;
    return html`
      <div class="scroll">
        <table>
          <caption class="sr">Page frames by state and migratetype</caption>
          <thead>
            <tr>
              <th scope="col">frames</th>
              ${shown.map((type) => html`<th scope="col">${kMigratetypes[type]}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${row('free', kKindFree, counts.free)} ${row('on a per-CPU list', kKindPcp, counts.pcp)}
            ${row('handed out', kKindAllocated, counts.allocated)}
          </tbody>
        </table>
      </div>
      <div class="rest">
        <span>${this.#swatch(kKindBefore)}in use since before: ${count(counts.before)}</span>
        ${
          counts.hole > 0
            ? html`<span>${this.#swatch(kKindHole)}no memory: ${count(counts.hole)}</span>`
            : nothing
        }
      </div>
    `;
  }

  #swatch(state: number): TemplateResult {
    const colour = cssColour(colourOf(state, this.model!.theme));
    const slash = (state & 0x0f) === kKindPcp ? 'slash' : '';
    return html`<span class="swatch ${slash}" ${cssVars({'--swatch': colour})}></span>`;
  }
}

customElements.define('kmem-legend', LegendElement);
