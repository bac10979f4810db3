import {html, LitElement, nothing, type TemplateResult} from 'lit';
import type {CacheView, SlabView} from '../engine/model.ts';
import type {CacheKey} from '../engine/protocol.ts';
import {count, pfnText, plural} from '../render/format.ts';
import {freeObjectsOf, hexLines, objectAddress} from '../render/slab_objects.ts';
import {cacheStyles} from './caches_styles.ts';
import {cssVars} from './css_vars.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

export interface CacheModel {
  readonly cache: CacheView;
  readonly key: CacheKey;
  readonly bytes: Uint8Array | null;
  readonly selection: number | null;
}

/** What the lists are called, in the order in which an allocation asks them. */
const kPlaces: readonly (readonly [SlabView['place'], string, string])[] = [
  ['cpu', 'Slab of a CPU', 'objects come from here without any lock'],
  ['cpu partial', 'Partial slabs of a CPU', 'taken when its own slab is empty'],
  ['partial', 'Partial slabs of the node', 'the first one is taken next'],
  ['free', 'Free slabs of the node', 'taken when no slab is partial'],
  ['full', 'Full slabs', 'every object is in use'],
];

/**
 * One cache: its slabs by list, the objects of the slab that is open, the bytes of an object.
 * @element kmem-cache
 * @fires {CustomEvent<{key: CacheKey}>} cache-open - look at another slab or object
 * @fires {CustomEvent<{pfn: number}>} pfn-select - mark the slab's frames everywhere
 */
export class CacheElement extends LitElement {
  static override properties = {model: {attribute: false}};
  declare model: CacheModel | null;

  static override styles = [panelStyles, controlStyles, cacheStyles];

  constructor() {
    super();
    this.model = null;
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.model) return nothing;
    const {cache, key} = this.model;
    const slab = this.#openSlab();
    const older = cache.slabs - cache.slabList.length - cache.more;
    return html`
      <section aria-label="Cache ${cache.name}">
        <div class="head">
          <h3 class="mono">${cache.name}</h3>
          <span class="hint">
            ${count(cache.objectSize)} bytes asked for, ${count(cache.size)} taken;
            ${plural(cache.perSlab, 'object')} in ${plural(2 ** cache.order, 'page')}${
              cache.users > 1 ? `; ${cache.users} caches merged` : ''
            }
          </span>
        </div>
        ${cache.slabList.length === 0 ? html`<p class="hint">It has no slab yet.</p>` : nothing}
        ${kPlaces.map((place) => this.#list(place, slab))}
        ${
          older > 0
            ? html`<p class="hint">
                ${plural(older, 'slab')} more from before the recording: nobody knows their objects.
              </p>`
            : nothing
        }
        ${
          cache.more > 0
            ? html`<p class="hint">and ${plural(cache.more, 'more slab')}</p>`
            : nothing
        }
        ${this.#arrays()} ${slab ? this.#objects(slab, key.object) : nothing}
      </section>
    `;
  }

  /** A frame that was selected elsewhere opens its slab. */
  #openSlab(): SlabView | null {
    const {cache, key, selection} = this.model!;
    const has = (pfn: number | null) => (slab: SlabView) =>
      pfn !== null && pfn >= slab.pfn && pfn < slab.pfn + 2 ** slab.order;
    return cache.slabList.find(has(key.slab)) ?? cache.slabList.find(has(selection)) ?? null;
  }

  #list(
    [place, title, about]: readonly [SlabView['place'], string, string],
    open: SlabView | null,
  ): TemplateResult | typeof nothing {
    const slabs = this.model!.cache.slabList.filter((slab) => slab.place === place);
    if (slabs.length === 0) return nothing;
    return html`
      <h4>${title} <span class="hint">${about}</span></h4>
      <ul class="slabs">
        ${slabs.map((slab) => html`<li>${this.#slab(slab, slab === open)}</li>`)}
      </ul>
    `;
  }

  #slab(slab: SlabView, open: boolean): TemplateResult {
    const free = slab.free.length + slab.own.length;
    const used = slab.objects - free;
    const owner = slab.cpu >= 0 ? `CPU ${slab.cpu}: ` : '';
    return html`<button type="button" class="slab" aria-pressed=${open}
      @click=${() => this.#open(slab.pfn, null)}>
      <span>${owner}<span class="mono">${pfnText(slab.pfn)}</span></span>
      <span>${used} of ${slab.objects} in use</span>
      <span class="fill" ${cssVars({'--share': `${(used / slab.objects) * 100}%`})}></span>
    </button>`;
  }

  #arrays(): TemplateResult | typeof nothing {
    const {arrays} = this.model!.cache;
    if (arrays.length === 0) return nothing;
    const names = {cpu: 'of CPU', shared: 'shared on node', alien: 'for node'};
    return html`
      <h4>Arrays <span class="hint">free objects that lie ready</span></h4>
      ${arrays.map(
        ({of, number, limit, objects}) => html`<p class="hint">
          ${names[of]} ${number}: ${objects.length} of at most ${limit}${
            objects[0]
              ? html`, the next one is number ${objects[0][1]} of slab ${pfnText(objects[0][0])}`
              : nothing
          }
        </p>`,
      )}
    `;
  }

  #objects(slab: SlabView, chosen: number | null): TemplateResult {
    const {cache} = this.model!;
    const free = freeObjectsOf(cache, slab);
    return html`
      <h4>
        Objects of slab <span class="mono">${pfnText(slab.pfn)}</span>
        <span class="hint">dashed is free; the small number says when it is taken</span>
      </h4>
      <div class="objects">
        ${Array.from({length: slab.objects}, (_, index) => {
          const turn = free.get(index);
          const what = turn ? `free, taken as number ${turn.turn} of ${turn.list}` : 'in use';
          return html`<button
            type="button"
            class="object ${turn ? (turn.own ? 'own' : 'free') : ''}"
            aria-pressed=${index === chosen}
            aria-label="Object ${index}: ${what}"
            @click=${() => this.#open(slab.pfn, index)}
          >${index}${turn ? html`<sup>${turn.turn}</sup>` : nothing}</button>`;
        })}
      </div>
      <p class="key" aria-hidden="true">
        <span><span class="object"></span>in use</span>
        <span><span class="object own"></span>free, and a CPU has it at hand</span>
        <span><span class="object free"></span>free in the slab</span>
      </p>
      ${chosen === null ? nothing : this.#bytes(slab, chosen, free.has(chosen))}
    `;
  }

  #bytes(slab: SlabView, index: number, isFree: boolean): TemplateResult | typeof nothing {
    const {cache, bytes} = this.model!;
    if (!bytes) return nothing;
    const pointer = isFree ? cache.freePointer : -1;
    return html`
      <h4>
        Object ${index} at <span class="mono">${objectAddress(cache, slab, index)}</span>
        <span class="hint">
          ${pointer >= 0 ? 'boxed: where the pointer to the next free object lies, scrambled' : ''}
          ${cache.size > cache.objectSize ? 'slanted: padding' : ''}
        </span>
      </h4>
      <pre tabindex="0" role="region" aria-label="Bytes of object ${index}">${hexLines(
        bytes,
        pointer,
        cache.objectSize,
      ).map(
        (line) => html`<span class="soft">${line.offset}</span>  ${line.bytes.map(
          ({text, kind}) => html`<span class=${kind}>${text}</span> `,
        )} ${line.letters}
`,
      )}</pre>
    `;
  }

  #open(slab: number, object: number | null): void {
    const key: CacheKey = {name: this.model!.cache.name, slab, object};
    const send = (type: string, detail: object) =>
      this.dispatchEvent(new CustomEvent(type, {detail, bubbles: true, composed: true}));
    send('cache-open', {key});
    if (object === null) send('pfn-select', {pfn: slab});
  }
}

customElements.define('kmem-cache', CacheElement);
