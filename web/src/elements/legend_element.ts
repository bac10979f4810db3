import {css, html, LitElement, nothing, type TemplateResult} from 'lit';
import type {FrameCounts} from '../engine/frame_counts.ts';
import {kFrameTypeShift} from '../engine/frame_state.ts';
import {count} from '../render/format.ts';
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
  readonly migratetypes: readonly string[];
  /** Whether the last call stole a block from another type. */
  readonly stole: boolean;
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
        padding: 3px 4px 3px 0;
      }
      td {
        padding: 3px 4px 3px 0;
        white-space: nowrap;
      }
      .swatch {
        display: inline-block;
        width: 14px;
        height: 14px;
        margin-inline-end: 5px;
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
      .marks {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 14px;
        margin-top: 10px;
        font-size: 13px;
        color: var(--kmem-soft);
      }
      .marks span {
        display: inline-flex;
        align-items: center;
        gap: 6px;
      }
      i {
        width: 15px;
        height: 15px;
        border-radius: 2px;
        border: 2.5px solid var(--kmem-ink);
      }
      i.selected {
        border-color: var(--kmem-select);
      }
      i.buddy {
        border: 1.5px dashed var(--kmem-select);
      }
      i.stolen {
        border: 2.5px dashed var(--kmem-bad);
      }
      i.pageblock {
        border: none;
        border-inline-start: 4px solid #0068aa;
        background: var(--kmem-sunken);
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
    const {counts, migratetypes} = model;
    const shown = migratetypes.flatMap((_, type) =>
      type < 3 || (counts.free[type] ?? 0) + (counts.allocated[type] ?? 0) > 0 ? [type] : [],
    );
    const cell = (kind: number, type: number, frames: number) => html`
      <td>${this.#swatch(kind | (type << kFrameTypeShift))}${count(frames)}</td>
    `;
    return html`
      <div class="scroll" role="region" aria-label="Legend" tabindex="0">
        <table>
          <caption class="sr">Page frames by migratetype and state</caption>
          <thead>
            <tr>
              <th scope="col">frames</th>
              <th scope="col">free</th>
              <th scope="col">per-CPU</th>
              <th scope="col">handed out</th>
            </tr>
          </thead>
          <tbody>
            ${shown.map(
              (type) => html`
                <tr>
                  <th scope="row">${migratetypes[type]}</th>
                  ${cell(kKindFree, type, counts.free[type] ?? 0)}
                  ${cell(kKindPcp, type, counts.pcp[type] ?? 0)}
                  ${cell(kKindAllocated, type, counts.allocated[type] ?? 0)}
                </tr>
              `,
            )}
          </tbody>
        </table>
      </div>
      <div class="rest">
        <span>${this.#swatch(kKindBefore)}in use since the start: ${count(counts.before)}</span>
        ${
          counts.hole > 0
            ? html`<span>${this.#swatch(kKindHole)}no memory: ${count(counts.hole)}</span>`
            : nothing
        }
      </div>
      <div class="marks">
        <span><i class="touched"></i>touched by this call</span>
        ${model.stole ? html`<span><i class="stolen"></i>stolen from another type</span>` : nothing}
        <span><i class="selected"></i>selected</span>
        <span><i class="buddy"></i>its buddy</span>
        ${
          migratetypes.length > 1
            ? html`<span><i class="pageblock"></i>type of the pageblock</span>`
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
