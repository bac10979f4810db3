import {css, html, LitElement, nothing, type TemplateResult} from 'lit';
import type {UserCommand} from '../engine/model.ts';
import type {HeldBlock, HeldObject} from '../engine/protocol.ts';
import {freeOf} from '../page/free_call.ts';
import {directMapAddress, memoryText, pfnText} from '../render/format.ts';
import {emitSelect} from './select_event.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

export interface HeldModel {
  readonly held: readonly HeldBlock[];
  readonly objects: readonly HeldObject[];
  readonly selected: number | null;
}

/**
 * The blocks and objects that the person's own calls gave and that are not freed yet.
 * @element kmem-held
 * @fires {CustomEvent<{command: UserCommand}>} call-run - free one of them
 * @fires {CustomEvent<{pfn: number}>} pfn-select - one of them was chosen
 */
export class HeldElement extends LitElement {
  static override properties = {model: {attribute: false}};
  declare model: HeldModel | null;

  static override styles = [
    panelStyles,
    controlStyles,
    css`
      ul {
        margin: 6px 0 0;
        padding: 0;
        list-style: none;
        max-height: 180px;
        overflow: auto;
        font-size: 13px;
      }
      li {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 3px 4px;
        border-radius: 5px;
      }
      li.selected {
        background: var(--kmem-select-wash);
        box-shadow: inset 0 0 0 1px var(--kmem-select);
      }
      .call {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        color: var(--kmem-soft);
        flex: 1 1 0;
        min-width: 0;
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
    return html`
      ${this.#list(
        'Blocks',
        model.held.map((block) => this.#block(block, model.selected)),
      )}
      ${this.#list(
        'Objects',
        model.objects.map((object) => this.#object(object, model.selected)),
      )}
    `;
  }

  #list(what: string, items: readonly TemplateResult[]): TemplateResult | typeof nothing {
    if (items.length === 0) return nothing;
    return html`
      <h3 id=${what}>${what} you hold (${items.length})</h3>
      <ul aria-labelledby=${what} tabindex="0">
        ${items}
      </ul>
    `;
  }

  #object(object: HeldObject, selected: number | null): TemplateResult {
    const address = directMapAddress(object.pfn, object.offset);
    return html`<li class=${object.pfn === selected ? 'selected' : ''}>
      <button type="button" class="pfn" @click=${() => emitSelect(this, object.pfn)}>
        ${address}
      </button>
      <span class="call">${object.call}</span>
      <button type="button" class="button small" @click=${() => this.#run(object.free)}>
        Free <span class="sr">object ${address}</span>
      </button>
    </li>`;
  }

  #block(block: HeldBlock, selected: number | null): TemplateResult {
    const pages = block.bytes > 0 ? Math.ceil(block.bytes / 4096) : 2 ** block.order;
    return html`<li class=${block.pfn === selected ? 'selected' : ''}>
      <button type="button" class="pfn" @click=${() => emitSelect(this, block.pfn)}>
        ${block.address || pfnText(block.pfn)}
      </button>
      <span class="call">${memoryText(pages)} · ${block.call}</span>
      <button type="button" class="button small" @click=${() => this.#run(freeOf(block))}>
        Free <span class="sr">block ${pfnText(block.pfn)}</span>
      </button>
    </li>`;
  }

  #run(command: UserCommand): void {
    this.dispatchEvent(
      new CustomEvent('call-run', {detail: {command}, bubbles: true, composed: true}),
    );
  }
}

customElements.define('kmem-held', HeldElement);
