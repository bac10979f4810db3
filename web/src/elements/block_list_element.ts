import {css, html, LitElement, nothing, type TemplateResult} from 'lit';
import type {MachineView} from '../engine/model.ts';
import type {ListKey} from '../engine/protocol.ts';
import {count, pfnText, plural} from '../render/format.ts';
import {listName, orderOfList} from '../render/lists.ts';
import {icons} from './icons.ts';
import {emitSelect} from './select_event.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

export interface BlockListModel {
  readonly view: MachineView;
  readonly key: ListKey;
  readonly pfns: Uint32Array;
  /** First frame of the selected block. */
  readonly selected: number | null;
}

/** Blocks drawn of one list; the rest is told as a number. */
const kShownMax = 300;

/**
 * The blocks of one list in list order, the head (next to be taken) first.
 * @element kmem-block-list
 * @fires {CustomEvent<{pfn: number}>} pfn-select - a block was chosen
 * @fires {CustomEvent<{list: null}>} list-open - the list was closed
 */
export class BlockListElement extends LitElement {
  static override properties = {model: {attribute: false}};
  declare model: BlockListModel | null;

  static override styles = [
    panelStyles,
    controlStyles,
    css`
      .box {
        margin-top: 10px;
        border: 1px solid var(--kmem-accent);
        border-radius: 6px;
        padding: 8px 10px;
        background: var(--kmem-sunken);
      }
      h3 {
        font-family: var(--kmem-mono);
        font-size: 13px;
        overflow-wrap: anywhere;
      }
      ol {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 2px;
        align-items: center;
        margin: 0;
        padding: 0;
        list-style: none;
        max-height: 168px;
        overflow: auto;
      }
      li {
        display: flex;
        align-items: center;
        gap: 2px;
      }
      li + li::before {
        content: '→';
        color: var(--kmem-soft);
        font-size: 12px;
      }
      .end {
        color: var(--kmem-soft);
        font-size: 12px;
        padding: 0 4px;
      }
      .block {
        min-height: 26px;
        padding: 0 7px;
        border: 1px solid var(--kmem-edge);
        border-radius: 5px;
        background: var(--kmem-panel);
        font: 500 13px var(--kmem-mono);
      }
      .block:hover {
        border-color: var(--kmem-accent);
        background: var(--kmem-accent-wash);
      }
      .block[aria-pressed='true'] {
        border-color: var(--kmem-select);
        box-shadow: inset 0 0 0 1px var(--kmem-select);
        background: var(--kmem-select-wash);
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
    const shown = [...model.pfns.subarray(0, kShownMax)];
    const left = model.pfns.length - shown.length;
    return html`
      <div class="box">
        <div class="head">
          <h3>${listName(model.key, model.view)}</h3>
          <span class="hint">
            ${plural(model.pfns.length, 'block')} of order ${orderOfList(model.key, model.view)}
          </span>
          <span class="grow"></span>
          <button type="button" class="button small" aria-label="Close the list"
            @click=${this.#close}>
            ${icons.cross}
          </button>
        </div>
        ${
          shown.length === 0
            ? html`<p class="hint">This list is empty.</p>`
            : html`<ol tabindex="0" aria-label="Blocks, head first">
                <li class="end">head</li>
                ${shown.map((pfn) => this.#block(pfn, model.selected))}
                ${left > 0 ? html`<li class="end">${count(left)} more</li>` : nothing}
              </ol>`
        }
      </div>
    `;
  }

  #block(pfn: number, selected: number | null): TemplateResult {
    return html`<li>
      <button
        type="button"
        class="block"
        aria-pressed=${pfn === selected ? 'true' : 'false'}
        @click=${() => emitSelect(this, pfn)}
      >${pfnText(pfn)}</button>
    </li>`;
  }

  #close(): void {
    this.dispatchEvent(
      new CustomEvent('list-open', {detail: {list: null}, bubbles: true, composed: true}),
    );
  }
}

customElements.define('kmem-block-list', BlockListElement);
