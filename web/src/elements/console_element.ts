import {html, LitElement, nothing, type TemplateResult} from 'lit';
import {asksForArea, isAreaCall} from '../engine/area_calls.ts';
import type {ProfileName, UserCommand} from '../engine/model.ts';
import type {Moment, Refusal} from '../engine/protocol.ts';
import {isSlabCall} from '../engine/slab_calls.ts';
import {
  type CallName,
  CallSyntaxError,
  commandOfForm,
  type FormCall,
  type FormOperand,
  formatCall,
  kCalls,
  kSlabCalls,
  operandsOf,
  resultOf,
} from '../page/call_text.ts';
import {memoryText, pfnText, plural} from '../render/format.ts';
import {consoleStyles} from './console_styles.ts';
import {fieldStyles} from './field_styles.ts';
import './gfp_field_element.ts';
import './held_element.ts';
import {linked, pfnLink} from './select_event.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

export interface ConsoleModel {
  readonly moment: Moment;
  readonly selected: number | null;
}

/** Operands that are typed, in the order of the form. */
const kTyped = [
  'cache',
  'size',
  'align',
  'flags',
  'ctor',
  'object',
  'objects',
  'count',
  'min_nr',
  'pool',
  'pfn',
  'order',
  'pages',
  'value',
  'bytes',
  'address',
] as const;
type Typed = (typeof kTyped)[number];

const kLabels: Readonly<Record<Typed, string>> = {
  cache: 'cache',
  size: 'object size',
  align: 'align',
  flags: 'flags',
  ctor: 'constructor',
  object: 'object',
  objects: 'objects',
  count: 'count',
  min_nr: 'min_nr',
  pool: 'pool',
  pfn: 'page frame',
  order: 'order',
  pages: 'pages',
  value: 'value',
  bytes: 'bytes',
  address: 'address',
};

const kNumeric: ReadonlySet<Typed> = new Set([
  'order',
  'pages',
  'bytes',
  'size',
  'align',
  'count',
  'min_nr',
]);

const kPageCalls = kCalls.filter((call) => !isAreaCall(call));

/** Calls that 2.6.18 does not have. */
const kLaterCalls: ReadonlySet<CallName> = new Set([
  'alloc_pages_exact',
  'alloc_pages_bulk',
  'free_pages_exact',
]);

/** Calls by what gives the memory; 2.6.18 has no object allocator here yet. */
function callsOf(profile: ProfileName): readonly (readonly [string, readonly FormCall[]])[] {
  if (profile !== '6.1.192') {
    return [['page allocator', kPageCalls.filter((call) => !kLaterCalls.has(call))]];
  }
  return [
    ['page allocator', kPageCalls],
    ['object allocator', kSlabCalls],
    ['vmalloc', kCalls.filter(isAreaCall)],
  ];
}

/**
 * Where a person makes kernel calls.
 * @element kmem-console
 * @fires {CustomEvent<{command: UserCommand}>} call-run - make this call
 * @fires {CustomEvent<{pfn: number}>} pfn-select - a frame number was clicked
 */
export class ConsoleElement extends LitElement {
  static override properties = {
    model: {attribute: false},
    call: {state: true},
    gfp: {state: true},
    typed: {state: true},
    mistake: {state: true},
  };
  declare model: ConsoleModel | null;
  declare call: FormCall;
  declare gfp: string;
  declare typed: Readonly<Record<Typed, string>>;
  declare mistake: Refusal | null;

  static override styles = [panelStyles, controlStyles, fieldStyles, consoleStyles];

  constructor() {
    super();
    this.model = null;
    this.call = 'alloc_pages';
    this.gfp = 'GFP_KERNEL';
    this.typed = {
      cache: 'my_cache',
      size: '200',
      align: '0',
      flags: '0',
      ctor: 'NULL',
      object: '',
      objects: '',
      count: '4',
      min_nr: '4',
      pool: 'pool_0',
      pfn: '',
      order: '0',
      pages: '16',
      value: '0x6b',
      bytes: '20480',
      address: '',
    };
    this.mistake = null;
  }

  override willUpdate(): void {
    // The machine may have become one of another kernel.
    const known = callsOf(this.#profile).some(([, calls]) => calls.includes(this.call));
    if (!known) this.call = 'alloc_pages';
  }

  override render(): TemplateResult {
    return html`
      <section class="panel" aria-labelledby="console">
        <div class="head">
          <h2 id="console">Console</h2>
          <p class="hint">Make your own kernel call</p>
        </div>
        <form @submit=${this.#submit} novalidate>
          ${this.#callChoice()} ${this.#gfp()} ${this.#operands()}
          <div class="preview">
            <code>${this.#preview()}</code>
            <button class="button primary run" ?disabled=${!this.model}>Run this call</button>
          </div>
        </form>
        <div class="result" role="status">${this.#result()}</div>
        <kmem-held
          .model=${
            this.model
              ? {
                  held: this.model.moment.held,
                  objects: this.model.moment.heldObjects,
                  selected: this.model.selected,
                }
              : null
          }
        ></kmem-held>
      </section>
    `;
  }

  #callChoice(): TemplateResult {
    const choose = (event: Event) => {
      this.call = (event.target as HTMLSelectElement).value as FormCall;
      this.mistake = null;
    };
    return html`<label class="field wide">
      <span>call</span>
      <select aria-label="call" @change=${choose}>
        ${callsOf(this.#profile).map(
          ([group, calls]) => html`<optgroup label=${group}>
            ${calls.map(
              (name) => html`
                <option value=${name} ?selected=${name === this.call}>${name}()</option>
              `,
            )}
          </optgroup>`,
        )}
      </select>
    </label>`;
  }

  get #profile(): ProfileName {
    return this.model?.moment.view.profile ?? '6.1.192';
  }

  #takes(operand: FormOperand): boolean {
    return operandsOf(this.call).includes(operand);
  }

  #gfp(): TemplateResult {
    const change = (event: CustomEvent<{gfp: string}>) => {
      this.gfp = event.detail.gfp;
    };
    return html`
      <kmem-gfp-field
        ?hidden=${!this.#takes('gfp')}
        .profile=${this.#profile}
        @gfp-change=${change}
      ></kmem-gfp-field>
    `;
  }

  #operands(): TemplateResult {
    return html`<div class="operands">
      ${kTyped.filter((name) => this.#takes(name)).map((name) => this.#typedField(name))}
    </div>`;
  }

  #typedField(name: Typed): TemplateResult {
    const label = kLabels[name];
    const write = (event: Event) => {
      this.typed = {...this.typed, [name]: (event.target as HTMLInputElement).value};
      this.mistake = null;
    };
    return html`
      <label class="field">
        <span>${label}</span>
        <input
          type="text"
          aria-label=${label}
          inputmode=${kNumeric.has(name) ? 'numeric' : 'text'}
          autocomplete="off"
          spellcheck="false"
          .value=${this.typed[name]}
          @input=${write}
        />
        <small>${this.#hint(name)}</small>
      </label>
    `;
  }

  #hint(name: Typed): string {
    switch (name) {
      case 'pfn':
        return 'pfn or address of the block';
      case 'order':
        return this.#orderHint();
      case 'pages':
        return 'single pages, taken together';
      case 'value':
        return 'a byte, 0 to 255';
      case 'bytes':
        return this.#bytesHint();
      case 'cache':
        return 'name';
      case 'size':
        return 'bytes';
      case 'align':
        return '0 or a power of two';
      case 'flags':
        return 'SLAB_… | SLAB_…, or 0';
      case 'ctor':
        return 'NULL, or the byte that it fills objects with';
      case 'object':
        return 'address or NULL';
      case 'objects':
        return 'addresses, with commas between';
      case 'count':
        return 'elements or objects';
      case 'min_nr':
        return 'elements to keep in reserve';
      case 'pool':
        return 'numbered from pool_0 on, as made';
      case 'address':
        return 'of an area, as vmalloc() gave it';
    }
  }

  #bytesHint(): string {
    if (this.call === 'write_bytes') return 'any memory, also behind the object';
    if (isSlabCall(this.call)) return 'up to 8,192 from a size class';
    return this.call === 'memset' ? 'of the frame' : 'rounded up to whole pages';
  }

  #orderHint(): string {
    const order = Number(this.typed.order);
    const most = (this.model?.moment.view.zones[0]?.freeBlocks.length ?? 11) - 1;
    if (!Number.isInteger(order) || order < 0 || order > most) return `0 to ${most}`;
    const pages = 2 ** order;
    return `${plural(pages, 'page')}, ${memoryText(pages)}`;
  }

  /** @throws {CallSyntaxError} when a field holds no number. */
  #command(): UserCommand {
    return commandOfForm(this.call, (operand) =>
      operand === 'gfp' ? this.gfp : this.typed[operand],
    );
  }

  #preview(): string {
    try {
      return formatCall(this.#command()).replaceAll('|', ' | ');
    } catch {
      return `${this.call}(…)`;
    }
  }

  #submit(event: Event): void {
    event.preventDefault();
    try {
      const command = this.#command();
      this.mistake = null;
      this.dispatchEvent(
        new CustomEvent('call-run', {detail: {command}, bubbles: true, composed: true}),
      );
    } catch (error) {
      if (!(error instanceof CallSyntaxError)) throw error;
      this.mistake = {name: error.name, message: error.message};
    }
  }

  #result(): unknown {
    const moment = this.model?.moment;
    const refused = this.mistake ?? moment?.refused;
    if (refused) {
      return html`<p class="line bad">
        <b>Not run.</b> ${linked(refused.message)} Nothing changed.
      </p>`;
    }
    const last = moment?.fork?.run.at(-1);
    if (!moment?.step || !last || moment.step.matches !== null) return nothing;
    return [resultLine(moment, last), logOf(moment.step.log)];
  }
}

/** What the kernel printed during the call, as dmesg shows it. */
function logOf(lines: readonly string[]): unknown {
  if (lines.length === 0) return nothing;
  const text = lines.join('\n');
  const label = "The kernel's log of this call";
  return html`<pre class="log" tabindex="0" role="region" aria-label=${label}>${text}</pre>`;
}

/** What the call gave, as kernel code would see it, and why when it gave nothing. */
function resultLine(moment: Moment, command: UserCommand): TemplateResult {
  const {step, story} = moment;
  const bug = story?.path.find((one) => one.kind === 'fail' && /bad page/i.test(one.title));
  if (bug) {
    return html`<p class="line bad">
      <b>BUG: Bad page state.</b> ${linked(story?.sentence ?? '')}
    </p>`;
  }
  if (command.op === 'drain_local_pages') return html`<p class="line good">Drained.</p>`;
  const answers = 'gfp' in command || asksForArea(command) || step?.bytes !== null;
  if (!answers) {
    const failed = story?.path.some((one) => one.kind === 'fail') ?? false;
    if (failed) return html`<p class="line bad">${linked(story?.sentence ?? '')}</p>`;
    return html`<p class="line good"><code>${formatCall(command)}</code>: done.</p>`;
  }
  const given = step ? resultOf(command, step) : 'NULL';
  if (given === 'NULL') {
    return html`<p class="line bad"><b>NULL</b> ${linked(story?.sentence ?? '')}</p>`;
  }
  const [pfn] = step?.pfns ?? [];
  return html`<p class="line good">
    <code>${formatCall(command)}</code> = <b class="mono">${given}</b>
    ${pfn === undefined ? nothing : html`· ${pfnLink(pfn, `pfn ${pfnText(pfn)}`)}`}
  </p>`;
}

customElements.define('kmem-console', ConsoleElement);
