import {html, LitElement, nothing, type TemplateResult} from 'lit';
import type {CacheRow} from '../engine/model.ts';
import type {CacheKey, CachesMoment} from '../engine/protocol.ts';
import {count, memoryText, plural} from '../render/format.ts';
import {cachesStyles} from './caches_styles.ts';
import './cache_element.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

export interface CachesModel {
  readonly key: CacheKey;
  readonly shown: CachesMoment | null;
  /** The frame that is selected on the page, or null. */
  readonly selection: number | null;
}

interface Column {
  readonly name: string;
  readonly title: string;
  readonly value: (row: CacheRow) => number | string;
  readonly text?: (row: CacheRow) => string;
}

const pagesOf = (row: CacheRow) => row.slabs * 2 ** row.order;
const useOf = (row: CacheRow) => (row.objects > 0 ? row.active / row.objects : 0);

/** The columns of slabtop(1), the name first. */
const kColumns: readonly Column[] = [
  {name: 'Name', title: 'Name of the cache', value: (row) => row.name},
  {name: 'Objs', title: 'Objects in all slabs', value: (row) => row.objects},
  {name: 'Active', title: 'Objects in use or ready on a CPU', value: (row) => row.active},
  {
    name: 'Use',
    title: 'Share of the objects that are active',
    value: useOf,
    text: (row) => `${Math.round(useOf(row) * 100)} %`,
  },
  {
    name: 'Obj size',
    title: 'Bytes from one object to the next',
    value: (row) => row.size,
    text: (row) => `${count(row.size)} B`,
  },
  {name: 'Slabs', title: 'Blocks of pages', value: (row) => row.slabs},
  {name: 'Obj/slab', title: 'Objects that a slab has room for', value: (row) => row.perSlab},
  {
    name: 'Cache size',
    title: 'Memory of all slabs',
    value: pagesOf,
    text: (row) => memoryText(pagesOf(row)),
  },
];

/**
 * The object caches: a table like slabtop's, and the cache that is open in it.
 * @element kmem-caches
 * @fires {CustomEvent<{key: CacheKey | null}>} cache-open - look at something else, or close
 * @fires {CustomEvent<{pfn: number}>} pfn-select - mark a slab's frames everywhere
 */
export class CachesElement extends LitElement {
  static override properties = {
    model: {attribute: false},
    sorted: {state: true},
    all: {state: true},
  };
  declare model: CachesModel | null;
  /** Column by which the rows are sorted, most first; the name is sorted from A to Z. */
  declare sorted: number;
  /** Whether caches without a slab are shown. */
  declare all: boolean;

  static override styles = [panelStyles, controlStyles, cachesStyles];

  #seen = '';

  constructor() {
    super();
    this.model = null;
    this.sorted = 7;
    this.all = false;
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.model) return nothing;
    const {shown, key} = this.model;
    return html`
      <section class="panel" aria-labelledby="caches">
        <div class="head">
          <h2 id="caches">Object caches</h2>
          <span class="hint">${shown ? summary(shown.rows) : 'one moment'}</span>
          <span class="grow"></span>
          <button type="button" class="button small" @click=${() => this.#open(null)}>
            Close <span class="sr">the object caches</span>
          </button>
        </div>
        ${shown ? this.#body(shown, key) : nothing}
      </section>
    `;
  }

  override updated(): void {
    const name = this.model?.shown?.cache?.name ?? '';
    if (name !== '' && name !== this.#seen) void this.#bringIntoView();
    this.#seen = name;
  }

  /** On a narrow page the cache opens below the table, where nobody would see that it did. */
  async #bringIntoView(): Promise<void> {
    const cache = this.renderRoot.querySelector<LitElement>('kmem-cache');
    await cache?.updateComplete;
    if (cache && cache.getBoundingClientRect().top > window.innerHeight * 0.7) {
      cache.scrollIntoView({block: 'start'});
    }
  }

  #body(shown: CachesMoment, key: CacheKey): TemplateResult {
    const withSlabs = shown.rows.filter((row) => row.slabs > 0 || row.name === key.name);
    const rows = this.all ? shown.rows : withSlabs;
    const hidden = shown.rows.length - withSlabs.length;
    return html`
      <div class="parts ${shown.cache ? 'two' : ''}">
        <div class="scroll">
          ${this.#table(this.#inOrder(rows), key)}
          ${
            hidden > 0
              ? html`<button type="button" class="link" @click=${() => {
                  this.all = !this.all;
                }}>
                  ${this.all ? 'Hide' : 'Show'} ${plural(hidden, 'cache')} without slabs
                </button>`
              : nothing
          }
        </div>
        ${
          shown.cache
            ? html`<kmem-cache
                .model=${{
                  cache: shown.cache,
                  key,
                  bytes: shown.bytes,
                  selection: this.model?.selection ?? null,
                }}
              ></kmem-cache>`
            : nothing
        }
      </div>
    `;
  }

  #inOrder(rows: readonly CacheRow[]): readonly CacheRow[] {
    const {value} = kColumns[this.sorted]!;
    return rows.toSorted((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (typeof x === 'number' && typeof y === 'number') return y - x;
      return String(x).localeCompare(String(y), 'en', {numeric: true});
    });
  }

  #table(rows: readonly CacheRow[], key: CacheKey): TemplateResult {
    return html`
      <table>
        <caption class="sr">
          Caches with the columns of slabtop. Press a heading to sort, a name to open.
        </caption>
        <thead>
          <tr>
            ${kColumns.map(
              (column, i) => html`<th
                scope="col"
                aria-sort=${i === this.sorted ? (i === 0 ? 'ascending' : 'descending') : 'none'}
              >
                <button type="button" class="sort" title=${column.title} @click=${() => {
                  this.sorted = i;
                }}>
                  ${column.name}${i === this.sorted ? (i === 0 ? ' ▲' : ' ▼') : ''}
                </button>
              </th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${rows.map((row) => this.#row(row, row.name === key.name))}
        </tbody>
      </table>
    `;
  }

  #row(row: CacheRow, open: boolean): TemplateResult {
    const [, ...numbers] = kColumns;
    return html`<tr class=${open ? 'open' : ''}>
      <th scope="row">
        <button type="button" class="link mono" aria-pressed=${open}
          @click=${() => this.#open({name: open ? '' : row.name, slab: null, object: null})}>
          ${row.name}
        </button>
      </th>
      ${numbers.map(
        ({value, text}) => html`<td>${text ? text(row) : count(Number(value(row)))}</td>`,
      )}
    </tr>`;
  }

  #open(key: CacheKey | null): void {
    this.dispatchEvent(
      new CustomEvent('cache-open', {detail: {key}, bubbles: true, composed: true}),
    );
  }
}

function summary(rows: readonly CacheRow[]): string {
  const pages = rows.reduce((sum, row) => sum + pagesOf(row), 0);
  const active = rows.reduce((sum, row) => sum + row.active, 0);
  const objects = plural(active, 'active object');
  return `${plural(rows.length, 'cache')}, ${objects} in ${memoryText(pages)}`;
}

customElements.define('kmem-caches', CachesElement);
