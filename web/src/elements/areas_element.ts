import {css, html, LitElement, nothing, svg, type TemplateResult} from 'lit';
import {vmallocAddress} from '../engine/explain_words.ts';
import type {AreasView, AreaView} from '../engine/model.ts';
import {areaPicture, framesText} from '../render/area_picture.ts';
import {count, memoryText, plural} from '../render/format.ts';
import {cachesStyles} from './caches_styles.ts';
import {emitSelect, pfnLink} from './select_event.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

export interface AreasModel {
  readonly shown: AreasView | null;
  /** First page of the area that is open, or -1. */
  readonly open: number;
}

const kWidth = 600;
/** Pages whose frames are listed under the picture. */
const kListed = 64;

/**
 * The addresses of vmalloc: a table of areas, and how the pages of one lie in memory.
 * @element kmem-areas
 * @fires {CustomEvent<{area: number | null}>} area-open - look at another area, or close
 * @fires {CustomEvent<{pfn: number}>} pfn-select - mark a frame everywhere
 */
export class AreasElement extends LitElement {
  static override properties = {model: {attribute: false}, all: {state: true}};
  declare model: AreasModel | null;
  /** Whether areas that are older than the timeline are shown. */
  declare all: boolean;

  static override styles = [
    panelStyles,
    controlStyles,
    cachesStyles,
    css`
      td.text {
        text-align: start;
      }
      svg {
        display: block;
        width: 100%;
        height: auto;
        margin: 4px 0;
      }
      svg rect {
        fill: var(--kmem-accent-wash);
        stroke: var(--kmem-accent);
      }
      svg rect.frame {
        cursor: pointer;
      }
      svg rect.guard {
        fill: none;
        stroke: var(--kmem-soft);
        stroke-dasharray: 4 3;
      }
      svg rect.memory {
        fill: var(--kmem-sunken);
        stroke: var(--kmem-edge);
      }
      svg line {
        stroke: var(--kmem-accent);
        stroke-width: 1;
        opacity: 0.7;
      }
      svg text {
        font: 13px var(--kmem-mono);
        fill: var(--kmem-soft);
      }
      .frames {
        max-height: 120px;
        overflow: auto;
        font-size: 13px;
      }
    `,
  ];

  constructor() {
    super();
    this.model = null;
    this.all = false;
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.model) return nothing;
    const {shown} = this.model;
    return html`
      <section class="panel" aria-labelledby="areas">
        <div class="head">
          <h2 id="areas">Virtual addresses of vmalloc()</h2>
          <span class="hint">${shown ? summary(shown) : 'one moment'}</span>
          <span class="grow"></span>
          <button type="button" class="button small" @click=${() => this.#open(null)}>
            Close <span class="sr">the virtual addresses</span>
          </button>
        </div>
        ${shown ? this.#body(shown) : nothing}
      </section>
    `;
  }

  #body(shown: AreasView): TemplateResult {
    const known = shown.areas.filter((area) => area.kind !== '' || area.waits);
    const older = shown.areas.length - known.length;
    const areas = this.all ? shown.areas : known;
    const open = shown.areas.find((area) => area.page === this.model!.open) ?? null;
    return html`
      <div class="parts ${open ? 'two' : ''}">
        <div class="scroll">
          ${
            areas.length > 0
              ? this.#table(areas, open)
              : html`<p class="hint">No call has made an area yet.</p>`
          }
          ${
            older > 0
              ? html`<button type="button" class="link" @click=${() => {
                  this.all = !this.all;
                }}>
                  ${this.all ? 'Hide' : 'Show'} ${plural(older, 'area')} from before
                </button>`
              : nothing
          }
        </div>
        ${open ? this.#area(open) : nothing}
      </div>
    `;
  }

  #table(areas: readonly AreaView[], open: AreaView | null): TemplateResult {
    return html`
      <table>
        <caption class="sr">Areas by address. Press an address to see where its pages lie.</caption>
        <thead>
          <tr>
            <th scope="col">Address</th>
            <th scope="col">Size</th>
            <th scope="col">What</th>
            <th scope="col">Memory</th>
          </tr>
        </thead>
        <tbody>
          ${areas.map(
            (area) => html`<tr class=${area === open ? 'open' : ''}>
              <th scope="row">
                <button type="button" class="link mono" aria-pressed=${area === open}
                  @click=${() => this.#open(area === open ? -1 : area.page)}>
                  ${vmallocAddress(area.page)}
                </button>
              </th>
              <td>${memoryText(area.pages)}</td>
              <td>${whatOf(area)}</td>
              <td>${framesText(area)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    `;
  }

  #area(area: AreaView): TemplateResult {
    const picture = areaPicture(area);
    const guard = area.pages - area.mapped;
    return html`
      <section aria-label="Area at ${vmallocAddress(area.page)}">
        <h3 class="mono">${vmallocAddress(area.page)}</h3>
        <p class="hint">
          ${plural(area.pages, 'page')} of addresses, ${framesText(area)}${
            guard > 0 && area.mapped > 0
              ? `, ${plural(guard, 'page')} of guard that maps nothing`
              : ''
          }.
        </p>
        ${picture ? this.#picture(area) : nothing}
        ${
          area.pfns.length > 0
            ? html`<p class="frames">
                Frames by address:
                ${area.pfns.slice(0, kListed).map((pfn) => html`${pfnLink(pfn)} `)}${
                  area.mapped > kListed ? `and ${count(area.mapped - kListed)} more` : ''
                }
              </p>`
            : nothing
        }
      </section>
    `;
  }

  #picture(area: AreaView): TemplateResult {
    const picture = areaPicture(area)!;
    const [page, frame] = [picture.page * kWidth, picture.frame * kWidth];
    const end = vmallocAddress(area.page + area.mapped);
    const between = `between ${picture.first} and ${picture.last}`;
    return html`
      <svg viewBox="-2 0 ${kWidth + 4} 190" role="img"
        aria-label=${`Pages in a row above, their frames ${between} below`}>
        <text x="0" y="14">addresses</text>
        <text x=${kWidth} y="14" text-anchor="end">guard from ${end}</text>
        ${Array.from({length: area.pages}, (_, i) => {
          const kind = i < area.mapped ? '' : 'guard';
          return svg`<rect class=${kind} x=${i * page} y="22" width=${page} height="22"></rect>`;
        })}
        <rect class="memory" x="0" y="140" width=${kWidth} height="22"></rect>
        ${picture.lines.map(
          ({above, below, pfn}) => svg`
            <line x1=${above * kWidth} y1="44" x2=${below * kWidth} y2="140"></line>
            <rect class="frame" x=${below * kWidth - frame / 2} y="140" width=${Math.max(frame, 1)}
              height="22" @click=${() => emitSelect(this, pfn)}></rect>`,
        )}
        <text x="0" y="180">frame ${picture.first}</text>
        <text x=${kWidth} y="180" text-anchor="end">frame ${picture.last}</text>
      </svg>
    `;
  }

  #open(area: number | null): void {
    this.dispatchEvent(
      new CustomEvent('area-open', {detail: {area}, bubbles: true, composed: true}),
    );
  }
}

function whatOf(area: AreaView): string {
  if (area.waits) return 'waits for a purge';
  return area.kind === '' ? 'from before' : `${area.kind}()`;
}

function summary({areas, waiting, mostWaiting}: AreasView): string {
  const used = areas.filter((area) => !area.waits).length;
  const limit = plural(mostWaiting, 'page');
  return `${plural(used, 'area')} in use; ${count(waiting)} of at most ${limit} wait for a purge`;
}

customElements.define('kmem-areas', AreasElement);
