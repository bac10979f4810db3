import {css, html, LitElement, nothing, type TemplateResult} from 'lit';
import type {BlockInfo, MachineView} from '../engine/model.ts';
import type {CacheKey, HeldBlock, SelectedBlock} from '../engine/protocol.ts';
import {freeOf} from '../page/free_call.ts';
import {count, directMapAddress, memoryText, pfnText, physicalAddress} from '../render/format.ts';
import {listName} from '../render/lists.ts';
import {icons} from './icons.ts';
import {pfnLink} from './select_event.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

export interface DetailsModel {
  readonly view: MachineView;
  readonly block: SelectedBlock | null;
  /** The user's own allocation that the block belongs to, when there is one. */
  readonly held: HeldBlock | null;
}

const kStateTexts: Record<BlockInfo['state'], string> = {
  free: 'Free block',
  pcp: 'Block on a per-CPU list',
  allocated: 'Allocated block',
  before: 'In use since the start',
  hole: 'No memory here',
};

/**
 * Everything known of the selected block.
 * @element kmem-details
 * @fires {CustomEvent<{command: UserCommand}>} call-run - free this block
 * @fires {CustomEvent<{step: number}>} step-seek - go to the call that allocated it
 * @fires {CustomEvent<{pfn: number}>} pfn-select - another block
 * @fires {CustomEvent<{key: CacheKey}>} cache-open - the cache whose slab it is
 * @fires {CustomEvent} selection-clear - nothing shall be selected
 * @fires {CustomEvent} selection-frame - zoom the map to it
 */
export class DetailsElement extends LitElement {
  static override properties = {model: {attribute: false}};
  declare model: DetailsModel | null;

  static override styles = [
    panelStyles,
    controlStyles,
    css`
      .panel.some {
        border-color: var(--kmem-select);
      }
      .what {
        font-size: 17px;
        font-weight: 650;
      }
      .tag {
        color: var(--kmem-select);
      }
      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 3px 12px;
        margin: 8px 0 0;
        font-size: 13px;
      }
      dt {
        color: var(--kmem-soft);
      }
      dd {
        margin: 0;
        overflow-wrap: anywhere;
        font-variant-numeric: tabular-nums;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-top: 12px;
      }
    `,
  ];

  constructor() {
    super();
    this.model = null;
  }

  override render(): TemplateResult {
    const info = this.model?.block?.info ?? null;
    return html`
      <section class="panel ${info ? 'some' : ''}" aria-labelledby="details">
        <div class="head">
          <h2 id="details">Selection</h2>
          <span class="grow"></span>
          ${
            info
              ? html`<button type="button" class="button small"
                @click=${() => this.#emit('selection-clear')}>
                  Clear <span class="sr">the selection</span>
                </button>`
              : nothing
          }
        </div>
        ${
          info
            ? this.#block(info)
            : html`<p class="hint">
                Click a block in the map, in a list or in any sentence: it is marked everywhere, and
                its story is told here.
              </p>`
        }
      </section>
    `;
  }

  #block(info: BlockInfo): TemplateResult {
    const {view, block, held} = this.model!;
    const pages = 2 ** info.order;
    const zone = view.zones[info.zone];
    const size = `${count(pages)} pages, ${memoryText(pages)}`;
    const isBlock = info.state !== 'before' && info.state !== 'hole';
    return html`
      <div class="what">
        ${kStateTexts[info.state]}
        ${isBlock ? html`<span class="tag">order ${info.order}</span>` : nothing}
      </div>
      <dl>
        ${row('page frame', html`<span class="mono">${pfnText(info.pfn)}</span> = ${info.pfn}`)}
        ${block && block.asked !== info.pfn ? row('asked for', pfnText(block.asked)) : nothing}
        ${
          isBlock && pages > 1
            ? row('to', html`<span class="mono">${pfnText(info.pfn + pages - 1)}</span>: ${size}`)
            : row('size', memoryText(1))
        }
        ${
          isBlock
            ? row('type', `${info.migratetype}, in a pageblock of type ${info.pageblockType}`)
            : row('pageblock', info.pageblockType)
        }
        ${this.#place(info, view)}
        ${row('zone', zone ? `Node ${zone.node}, ${zone.name}` : '')}
        ${isBlock && info.order < 10 ? row('buddy', pfnLink(info.pfn ^ pages)) : nothing}
        ${row('refcount', String(info.refcount))}
        ${row('physical', html`<code>${physicalAddress(info.pfn)}</code>`)}
        ${row('page_address()', html`<code>${directMapAddress(info.pfn)}</code>`)}
        ${this.#owner()} ${this.#cache(info)}
      </dl>
      <div class="actions">
        ${
          info.state === 'allocated' && info.cache === ''
            ? html`<button type="button" class="button primary"
              @click=${() => this.#free(info, held)}>
                Free this block
              </button>`
            : nothing
        }
        <button type="button" class="button" @click=${() => this.#emit('selection-frame')}>
          ${icons.target} Show in the map
        </button>
      </div>
    `;
  }

  #place(info: BlockInfo, view: MachineView): TemplateResult | typeof nothing {
    if (info.position < 0 || (info.state !== 'free' && info.state !== 'pcp')) return nothing;
    const migratetype = view.migratetypes.indexOf(info.migratetype);
    const cpu = view.zones[info.zone]?.pcp[0]?.cpu ?? 0;
    const key =
      info.state === 'pcp'
        ? ({kind: 'pcp', zone: info.zone, cpu, list: info.pcpList} as const)
        : ({kind: 'free', zone: info.zone, order: info.order, migratetype} as const);
    const openList = () => this.#emit('list-open', {list: key});
    const place =
      info.position === 0
        ? 'at the head: next to be taken'
        : `${count(info.position)} behind the head`;
    return row(
      'list',
      html`<button type="button" class="link" @click=${openList}>
          ${listName(key, view)}</button
        >, ${place}`,
    );
  }

  #owner(): TemplateResult | typeof nothing {
    const by = this.model?.block?.allocatedBy;
    if (!by) return nothing;
    const go = () => this.#emit('step-seek', {step: by.step});
    return row(
      'allocated by',
      html`<code>${by.call}</code> at
        <button type="button" class="link" @click=${go}>step ${count(by.step)}</button>`,
    );
  }

  #cache(info: BlockInfo): TemplateResult | typeof nothing {
    if (info.cache === '') return nothing;
    const key: CacheKey = {name: info.cache, slab: info.pfn, object: null};
    return row(
      'slab of',
      html`<button type="button" class="link mono" @click=${() => this.#emit('cache-open', {key})}>
        ${info.cache}
      </button>`,
    );
  }

  /** Frees with the counterpart of the call that allocated. */
  #free(info: BlockInfo, held: HeldBlock | null): void {
    this.#emit('call-run', {
      command: held ? freeOf(held) : {op: '__free_pages', pfn: info.pfn, order: info.order},
    });
  }

  #emit(name: string, detail?: unknown): void {
    this.dispatchEvent(new CustomEvent(name, {detail, bubbles: true, composed: true}));
  }
}

function row(name: string, value: unknown): TemplateResult {
  return html`<dt>${name}</dt><dd>${value}</dd>`;
}

customElements.define('kmem-details', DetailsElement);
