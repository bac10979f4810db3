import {css, html, LitElement, nothing, type TemplateResult} from 'lit';
import type {MachineConfig, MemoryRange, ProfileName} from '../engine/model.ts';
import {kKernels, kNewestProfile} from '../page/sources.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

const kFramesOfMib = 256;

/** A setting that may be left empty: then the kernel computes it. */
interface Setting {
  readonly name: keyof MachineConfig;
  readonly about: string;
  /** Only in kernels that group by migratetype. */
  readonly later: boolean;
}

const kSettings: readonly Setting[] = [
  {
    name: 'min_free_kbytes',
    about: 'vm.min_free_kbytes: the min watermark of all zones',
    later: false,
  },
  {name: 'watermark_scale_factor', about: 'distance of low and high, in 1/10000', later: true},
  {name: 'percpu_pagelist_high_fraction', about: 'per-CPU lists up to 1/n of a zone', later: true},
  {name: 'max_order', about: 'number of orders; 11 is 0 to 10', later: true},
  {name: 'pageblock_order', about: 'log2 of the pages of a pageblock', later: true},
];

/**
 * Describes a pristine machine: kernel, memory, nodes, CPUs, and the settings of its allocator.
 * @element kmem-machine-form
 * @fires {CustomEvent<{config: MachineConfig}>} config-ready - boot this one
 */
export class MachineFormElement extends LitElement {
  static override properties = {profile: {state: true}};
  declare profile: ProfileName;

  static override styles = [
    panelStyles,
    controlStyles,
    css`
      form {
        display: grid;
        gap: 8px;
        margin-top: 6px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 10px 14px;
        align-items: end;
      }
      label {
        display: grid;
        gap: 2px;
        font-size: 13px;
        color: var(--kmem-soft);
      }
      input,
      select {
        color: var(--kmem-ink);
      }
      input[type='number'] {
        width: 110px;
      }
      details {
        border: 1px solid var(--kmem-line);
        border-radius: 6px;
        padding: 4px 10px;
        font-size: 13px;
      }
      summary {
        cursor: pointer;
        min-height: 24px;
      }
      .settings {
        display: grid;
        gap: 8px;
        padding: 4px 0 6px;
      }
      .settings label {
        grid-template-columns: 110px minmax(0, 1fr);
        align-items: center;
        gap: 2px 10px;
      }
      .settings code {
        color: var(--kmem-ink);
      }
      .check {
        grid-template-columns: 20px minmax(0, 1fr);
      }
    `,
  ];

  constructor() {
    super();
    this.profile = kNewestProfile;
  }

  override render(): TemplateResult {
    const kernel = kKernels.find(({profile}) => profile === this.profile);
    return html`
      <form @submit=${this.#submit} novalidate>
        <label>
          kernel
          <select name="profile" @change=${this.#choose}>
            ${kKernels.map(
              ({profile, title}) => html`
                <option value=${profile} ?selected=${profile === this.profile}>${title}</option>
              `,
            )}
          </select>
          <span>${kernel?.about}</span>
        </label>
        <div class="row">
          <label>
            memory in MiB
            <input type="number" name="memory" value="256" min="16" max="4096" step="16" />
          </label>
          <label>nodes <input type="number" name="nodes" value="1" min="1" max="8" /></label>
          <label>CPUs <input type="number" name="cpus" value="2" min="1" max="64" /></label>
          <button class="button primary">Boot it</button>
        </div>
        <details>
          <summary>Settings; the kernel computes what is left empty</summary>
          <div class="settings">${this.#settings()}</div>
        </details>
      </form>
    `;
  }

  #settings(): unknown {
    const later = this.profile === kNewestProfile;
    return html`
      ${kSettings
        .filter((setting) => later || !setting.later)
        .map(
          ({name, about}) => html`
            <label>
              <input type="number" name=${name} />
              <span><code>${name}</code> ${about}</span>
            </label>
          `,
        )}
      <label>
        <input type="text" name="lowmem_reserve_ratio" placeholder="256 256 32" />
        <span><code>lowmem_reserve_ratio</code> pages kept in a zone from those above it</span>
      </label>
      ${
        later
          ? html`<label class="check">
              <input type="checkbox" name="ungrouped" />
              <span>no grouping by migratetype (<code>page_group_by_mobility</code> off)</span>
            </label>`
          : nothing
      }
    `;
  }

  #choose(event: Event): void {
    this.profile = (event.target as HTMLSelectElement).value as ProfileName;
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const config = configOf(new FormData(event.target as HTMLFormElement));
    this.dispatchEvent(
      new CustomEvent('config-ready', {detail: {config}, bubbles: true, composed: true}),
    );
  }
}

/** What is written is passed on: whether a machine can be built is for the engine to say. */
function configOf(data: FormData): MachineConfig {
  const text = (name: string) => String(data.get(name) ?? '').trim();
  const given = kSettings.filter(({name}) => text(name) !== '');
  const ratios = text('lowmem_reserve_ratio');
  const nodes = Number(text('nodes'));
  const memory = Number(text('memory'));
  const cpus = Number(text('cpus'));
  const profile = text('profile') as ProfileName;
  return {
    ...(nodes > 1 ? {memory: nodesOf(memory, nodes)} : {memory_mib: memory}),
    cpus: nodes > 1 ? spread(cpus, nodes) : cpus,
    ...(profile === kNewestProfile ? {} : {profile}),
    ...Object.fromEntries(given.map(({name}) => [name, Number(text(name))])),
    ...(ratios === '' ? {} : {lowmem_reserve_ratio: ratios.split(/[\s,]+/).map(Number)}),
    ...(data.get('ungrouped') === 'on' ? {page_group_by_mobility: false} : {}),
  };
}

/** The memory in equal parts, one behind the other. */
function nodesOf(memoryMib: number, nodes: number): readonly MemoryRange[] {
  const frames = Math.floor((memoryMib * kFramesOfMib) / nodes);
  return Array.from({length: nodes}, (_, node) => ({
    node,
    start_pfn: node * frames,
    end_pfn: (node + 1) * frames,
  }));
}

/** The CPUs as evenly as it goes, the first nodes first. */
function spread(cpus: number, nodes: number): readonly number[] {
  return Array.from(
    {length: nodes},
    (_, node) => Math.floor(cpus / nodes) + (node < cpus % nodes ? 1 : 0),
  );
}

customElements.define('kmem-machine-form', MachineFormElement);
