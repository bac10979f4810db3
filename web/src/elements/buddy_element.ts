import {css, html, LitElement, nothing, type TemplateResult} from 'lit';
import type {BlockInfo, MachineView, ZoneView} from '../engine/model.ts';
import type {ListKey} from '../engine/protocol.ts';
import {blocksOfOrder, sameList, shownTypes} from '../render/lists.ts';
import {colourOf, cssColour, kKindAllocated, type Theme} from '../render/palette.ts';
import {countCell} from './count_cell.ts';
import {cssVars} from './css_vars.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';
import {tableStyles} from './table_styles.ts';

export interface BuddyModel {
  readonly view: MachineView;
  readonly open: ListKey | null;
  readonly selected: BlockInfo | null;
  readonly markChanges: boolean;
  readonly theme: Theme;
}

/**
 * The buddy system: free blocks by order and migratetype.
 * @element kmem-buddy
 * @slot - below the table: the open list
 * @fires {CustomEvent<{list: ListKey}>} list-open - a cell was chosen
 */
export class BuddyElement extends LitElement {
  static override properties = {model: {attribute: false}};
  declare model: BuddyModel | null;

  static override styles = [
    panelStyles,
    controlStyles,
    tableStyles,
    css`
    .size {
      display: block;
      font-size: 10px;
    }
    @container (width < 470px) {
      .size {
        display: none;
      }
    }
  `,
  ];

  #before: MachineView | null = null;

  constructor() {
    super();
    this.model = null;
  }

  override updated(): void {
    this.#before = this.model?.view ?? null;
  }

  override render(): TemplateResult {
    const {model} = this;
    return html`
      <section class="panel" aria-labelledby="buddy">
        <div class="head">
          <h2 id="buddy">Buddy system</h2>
          <p class="hint">
            Free blocks of 2<sup>order</sup> pages. Choose a number to see its list.
          </p>
        </div>
        ${model?.view.zones.map((zone) => this.#zone(zone, model))}
        <slot></slot>
      </section>
    `;
  }

  #zone(zone: ZoneView, model: BuddyModel): TemplateResult {
    const orders = zone.freeBlocks.map((_, order) => order);
    return html`
      <div class="zone scroll">
        <table>
          <caption>Node ${zone.node}, zone ${zone.name}</caption>
          <thead>
            <tr>
              <th scope="row">order</th>
              ${orders.map(
                (order) =>
                  html`<th scope="col">${order}<span class="size">${sizeText(order)}</span></th>`,
              )}
            </tr>
          </thead>
          <tbody>
            ${shownTypes(model.view).map((type) => this.#row(zone, type, orders, model))}
            ${
              model.view.migratetypes.length > 1
                ? html`<tr class="sum">
                    <th scope="row">all</th>
                    ${orders.map((order) => html`<td>${blocksOfOrder(zone, order)}</td>`)}
                  </tr>`
                : nothing
            }
          </tbody>
        </table>
      </div>
    `;
  }

  #row(zone: ZoneView, type: number, orders: readonly number[], model: BuddyModel): TemplateResult {
    const name = model.view.migratetypes[type] ?? '';
    const dot = cssColour(colourOf(kKindAllocated | (type << 4), model.theme));
    return html`
      <tr>
        <th scope="row" class="name" title=${name}>
          <span class="dot" ${cssVars({'--dot': dot})}></span><span class="long">${name}</span
          ><span class="short" aria-hidden="true">${name.charAt(0)}</span>
        </th>
        ${orders.map((order) => html`<td>${this.#cell(zone, type, order, name, model)}</td>`)}
      </tr>
    `;
  }

  #cell(
    zone: ZoneView,
    type: number,
    order: number,
    name: string,
    model: BuddyModel,
  ): TemplateResult {
    const blocks = zone.freeBlocks[order]?.[type] ?? 0;
    const before = this.#before?.zones[zone.index];
    const comparable = model.markChanges && before?.name === zone.name;
    const key: ListKey = {kind: 'free', zone: zone.index, order, migratetype: type};
    const {selected} = model;
    return countCell({
      count: blocks,
      delta: comparable ? blocks - (before.freeBlocks[order]?.[type] ?? 0) : 0,
      label: `order ${order}, ${name}`,
      open: sameList(model.open, key),
      selected:
        selected?.state === 'free' &&
        selected.zone === zone.index &&
        selected.order === order &&
        selected.migratetype === name,
      onOpen: () => this.#open(key),
    });
  }

  #open(list: ListKey): void {
    this.dispatchEvent(
      new CustomEvent('list-open', {detail: {list}, bubbles: true, composed: true}),
    );
  }
}

function sizeText(order: number): string {
  const kib = 4 * 2 ** order;
  return kib < 1024 ? `${kib} K` : `${kib / 1024} M`;
}

customElements.define('kmem-buddy', BuddyElement);
