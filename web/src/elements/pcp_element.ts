import {css, html, LitElement, nothing, type TemplateResult} from 'lit';
import type {BlockInfo, MachineView, PcpView, ZoneView} from '../engine/model.ts';
import type {ListKey} from '../engine/protocol.ts';
import {count} from '../render/format.ts';
import {orderOfPcpList, pcpRows, sameList} from '../render/lists.ts';
import {colourOf, cssColour, kKindPcp, type Theme} from '../render/palette.ts';
import {countCell} from './count_cell.ts';
import {cssVars} from './css_vars.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';
import {tableStyles} from './table_styles.ts';

export interface PcpModel {
  readonly view: MachineView;
  readonly open: ListKey | null;
  readonly selected: BlockInfo | null;
  readonly markChanges: boolean;
  readonly theme: Theme;
}

/**
 * The per-CPU page lists: small blocks that a CPU keeps for itself, outside the buddy lists.
 * @element kmem-pcp
 * @slot - below the tables: the open list
 * @fires {CustomEvent<{list: ListKey}>} list-open - a cell was chosen
 */
export class PcpElement extends LitElement {
  static override properties = {model: {attribute: false}, cpu: {state: true}};
  declare model: PcpModel | null;
  declare cpu: number;

  static override styles = [
    panelStyles,
    controlStyles,
    tableStyles,
    css`
    .facts {
      font-variant-numeric: tabular-nums;
    }
    .limit {
      text-align: center;
    }
    .none {
      text-align: center;
      color: var(--kmem-soft);
    }
  `,
  ];

  #before: MachineView | null = null;

  constructor() {
    super();
    this.model = null;
    this.cpu = 0;
  }

  override updated(): void {
    this.#before = this.model?.view ?? null;
  }

  override render(): TemplateResult {
    const {model} = this;
    return html`
      <section class="panel" aria-labelledby="pcp">
        <div class="head">
          <h2 id="pcp">Per-CPU lists</h2>
          <p class="hint">Pages a CPU keeps for itself. They do not count as free.</p>
          <span class="grow"></span>
          ${model ? this.#cpuChoice(model.view) : nothing}
        </div>
        ${model?.view.zones.map((zone) => this.#zone(zone, model))}
        <slot></slot>
      </section>
    `;
  }

  #cpuChoice(view: MachineView): TemplateResult | typeof nothing {
    const cpus = view.zones[0]?.pcp ?? [];
    if (cpus.length < 2) return nothing;
    const choose = (event: Event) => {
      this.cpu = Number((event.target as HTMLSelectElement).value);
    };
    return html`<label>
      CPU
      <select @change=${choose}>
        ${cpus.map(
          (pcp, at) => html`
            <option value=${at} ?selected=${at === this.cpu}>${pcp.cpu}</option>
          `,
        )}
      </select>
    </label>`;
  }

  #zone(zone: ZoneView, model: PcpModel): TemplateResult | typeof nothing {
    const pcp = zone.pcp[this.cpu] ?? zone.pcp[0];
    if (!pcp) return nothing;
    if (pcp.cold) return this.#hotAndCold(zone, pcp, pcp.cold, model);
    const huge = pcpRows(pcp)[0]?.length === 5;
    return html`
      <div class="zone scroll">
        <table>
          <caption class="facts">
            Node ${zone.node}, zone ${zone.name}, CPU ${pcp.cpu}: ${count(pcp.count)} pages ·
            high ${count(pcp.high)} ·
            batch ${pcp.batch} · free factor ${pcp.freeFactor}
          </caption>
          <thead>
            <tr>
              <th scope="row">order</th>
              ${[0, 1, 2, 3].map((order) => html`<th scope="col">${order}</th>`)}
              ${huge ? html`<th scope="col">9</th>` : nothing}
            </tr>
          </thead>
          <tbody>
            ${pcpRows(pcp).map((_, type) => this.#row(zone, pcp, type, model))}
          </tbody>
        </table>
      </div>
    `;
  }

  /** 2.6.18: two lists of single pages, one for pages that may still be in the CPU cache. */
  #hotAndCold(
    zone: ZoneView,
    pcp: PcpView,
    cold: NonNullable<PcpView['cold']>,
    model: PcpModel,
  ): TemplateResult {
    const dot = cssVars({'--dot': cssColour(colourOf(kKindPcp, model.theme))});
    const row = (list: number, name: string, limits: {high: number; batch: number}) => html`
      <tr>
        <th scope="row" class="name"><span class="dot" ${dot}></span>${name}</th>
        <td>${this.#cell(zone, pcp, list, pcp.lists[list] ?? 0, name, model)}</td>
        <td class="limit">${count(limits.high)}</td>
        <td class="limit">${count(limits.batch)}</td>
      </tr>
    `;
    return html`
      <div class="zone scroll">
        <table>
          <caption class="facts">
            Node ${zone.node}, zone ${zone.name}, CPU ${pcp.cpu}: single pages
          </caption>
          <thead>
            <tr>
              <th scope="row">list</th>
              <th scope="col">pages</th>
              <th scope="col">high</th>
              <th scope="col">batch</th>
            </tr>
          </thead>
          <tbody>${row(0, 'hot', pcp)} ${row(1, 'cold', cold)}</tbody>
        </table>
      </div>
    `;
  }

  #row(zone: ZoneView, pcp: PcpView, type: number, model: PcpModel): TemplateResult {
    const name = model.view.migratetypes[type] ?? '';
    const dot = cssColour(colourOf(kKindPcp | (type << 4), model.theme));
    return html`
      <tr>
        <th scope="row" class="name" title=${name}>
          <span class="dot" ${cssVars({'--dot': dot})}></span><span class="long">${name}</span
          ><span class="short" aria-hidden="true">${name.charAt(0)}</span>
        </th>
        ${(pcpRows(pcp)[type] ?? []).map((cell) =>
          cell === null
            ? html`<td class="none" title="Shares the list of Unmovable">↑</td>`
            : html`<td>${this.#cell(zone, pcp, cell.list, cell.count, name, model)}</td>`,
        )}
      </tr>
    `;
  }

  #cell(
    zone: ZoneView,
    pcp: PcpView,
    list: number,
    blocks: number,
    name: string,
    model: PcpModel,
  ): TemplateResult {
    const zoneBefore = this.#before?.zones[zone.index];
    const before = zoneBefore?.pcp.find((one) => one.cpu === pcp.cpu);
    const comparable = model.markChanges && zoneBefore?.name === zone.name && before;
    const key: ListKey = {kind: 'pcp', zone: zone.index, cpu: pcp.cpu, list};
    const {selected} = model;
    return countCell({
      count: blocks,
      delta: comparable ? blocks - (before.lists[list] ?? 0) : 0,
      label: `CPU ${pcp.cpu}, order ${orderOfPcpList(list, model.view)}, ${name}`,
      open: sameList(model.open, key),
      selected:
        selected?.state === 'pcp' && selected.zone === zone.index && selected.pcpList === list,
      onOpen: () => {
        this.dispatchEvent(
          new CustomEvent('list-open', {detail: {list: key}, bubbles: true, composed: true}),
        );
      },
    });
  }
}

customElements.define('kmem-pcp', PcpElement);
