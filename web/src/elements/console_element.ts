import {html, LitElement, nothing, type TemplateResult} from 'lit';
import {formatGfp, kGfpComposites, kGfpFlags, parseGfp} from '../engine/gfp.ts';
import type {UserCommand} from '../engine/model.ts';
import type {Moment, Refusal} from '../engine/protocol.ts';
import {type CallName, CallSyntaxError, formatCall, kCalls} from '../page/call_text.ts';
import {directMapAddress, memoryText, parsePfn, pfnText, plural} from '../render/format.ts';
import {consoleStyles} from './console_styles.ts';
import './held_element.ts';
import {linked, pfnLink} from './select_event.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

export interface ConsoleModel {
  readonly moment: Moment;
  readonly selected: number | null;
}

const kNoGfp: ReadonlySet<CallName> = new Set([
  '__free_pages',
  'free_pages',
  'free_pages_exact',
  'drain_local_pages',
]);

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
    composite: {state: true},
    modifiers: {state: true},
    order: {state: true},
    bytes: {state: true},
    pfn: {state: true},
    mistake: {state: true},
  };
  declare model: ConsoleModel | null;
  declare call: CallName;
  declare composite: string;
  declare modifiers: readonly string[];
  declare order: string;
  declare bytes: string;
  declare pfn: string;
  declare mistake: Refusal | null;

  static override styles = [panelStyles, controlStyles, consoleStyles];

  constructor() {
    super();
    this.model = null;
    this.call = 'alloc_pages';
    this.composite = 'GFP_KERNEL';
    this.modifiers = [];
    this.order = '0';
    this.bytes = '20480';
    this.pfn = '';
    this.mistake = null;
  }

  override render(): TemplateResult {
    return html`
      <section class="panel" aria-labelledby="console">
        <div class="head">
          <h2 id="console">Console</h2>
          <p class="hint">Make your own kernel call</p>
        </div>
        <form @submit=${this.#submit} novalidate>
          ${this.#callChoice()} ${kNoGfp.has(this.call) ? nothing : this.#gfp()} ${this.#operands()}
          <div class="preview">
            <code>${this.#preview()}</code>
            <button class="button primary run" ?disabled=${!this.model}>Run this call</button>
          </div>
        </form>
        <div class="result" role="status">${this.#result()}</div>
        <kmem-held
          .model=${
            this.model ? {held: this.model.moment.held, selected: this.model.selected} : null
          }
        ></kmem-held>
      </section>
    `;
  }

  #callChoice(): TemplateResult {
    const choose = (event: Event) => {
      this.call = (event.target as HTMLSelectElement).value as CallName;
      this.mistake = null;
    };
    return html`<label class="field wide">
      <span>call</span>
      <select aria-label="call" @change=${choose}>
        ${kCalls.map(
          (name) => html`
            <option value=${name} ?selected=${name === this.call}>${name}()</option>
          `,
        )}
      </select>
    </label>`;
  }

  #gfp(): TemplateResult {
    const choose = (event: Event) => {
      this.composite = (event.target as HTMLSelectElement).value;
    };
    const about = kGfpComposites.find((one) => one.name === this.composite)?.explanation ?? '';
    const value = parseGfp(this.#gfpText());
    return html`
      <label class="field wide">
        <span>GFP flags</span>
        <select aria-label="GFP flags" @change=${choose}>
          ${kGfpComposites.map(
            ({name}) =>
              html`<option value=${name} ?selected=${name === this.composite}>${name}</option>`,
          )}
        </select>
      </label>
      <p class="about">${about}</p>
      <details>
        <summary>
          Modifiers, __GFP_…
          ${this.modifiers.length > 0 ? html`<b>(${this.modifiers.length})</b>` : nothing}
          <code class="value">0x${value.toString(16)}</code>
        </summary>
        <p class="about mono">${formatGfp(value, 'no flags')}</p>
        <div class="flags" role="group" aria-label="Modifiers">${this.#flags()}</div>
      </details>
    `;
  }

  #flags(): readonly TemplateResult[] {
    const base = parseGfp(this.composite);
    return kGfpFlags.map(({name, value, explanation}) => {
      const implied = (base & value) === value;
      const toggle = (event: Event) => {
        const on = (event.target as HTMLInputElement).checked;
        this.modifiers = on
          ? [...this.modifiers, name]
          : this.modifiers.filter((modifier) => modifier !== name);
      };
      return html`<label class="flag">
        <input
          type="checkbox"
          .checked=${implied || this.modifiers.includes(name)}
          ?disabled=${implied}
          @change=${toggle}
        />
        <span><code>${name}</code><small>${explanation}</small></span>
      </label>`;
    });
  }

  #operands(): TemplateResult {
    const field = (
      name: 'order' | 'bytes' | 'pfn',
      label: string,
      hint: unknown,
      numeric: boolean,
    ) => html`
      <label class="field">
        <span>${label}</span>
        <input
          type="text"
          aria-label=${label}
          inputmode=${numeric ? 'numeric' : 'text'}
          autocomplete="off"
          spellcheck="false"
          .value=${this[name]}
          @input=${(event: Event) => {
            this[name] = (event.target as HTMLInputElement).value;
            this.mistake = null;
          }}
        />
        <small>${hint}</small>
      </label>
    `;
    const frees = this.call.includes('free');
    const exact = this.call.includes('exact');
    const ordered = !exact && this.call !== 'get_zeroed_page' && this.call !== 'drain_local_pages';
    return html`<div class="operands">
      ${frees ? field('pfn', 'page frame', 'pfn or address of the block', false) : nothing}
      ${ordered ? field('order', 'order', this.#orderHint(), true) : nothing}
      ${exact ? field('bytes', 'bytes', 'rounded up to whole pages', true) : nothing}
    </div>`;
  }

  #orderHint(): string {
    const order = Number(this.order);
    if (!Number.isInteger(order) || order < 0 || order > 10) return '0 to 10';
    const pages = 2 ** order;
    return `${plural(pages, 'page')}, ${memoryText(pages)}`;
  }

  #gfpText(): string {
    const base = parseGfp(this.composite);
    const extra = this.modifiers.filter((name) => (parseGfp(name) & base) === 0);
    return [this.composite, ...extra].join('|');
  }

  /** @throws {CallSyntaxError} when a field holds no number. */
  #command(): UserCommand {
    const order = () => wholeNumber(this.order, 'order');
    const bytes = () => wholeNumber(this.bytes, 'bytes');
    const pfn = () => {
      const parsed = parsePfn(this.pfn);
      if (parsed === null) throw new CallSyntaxError(`"${this.pfn}" is not a page frame number.`);
      return parsed;
    };
    switch (this.call) {
      case 'alloc_pages':
      case '__get_free_pages':
        return {op: this.call, gfp: this.#gfpText(), order: order()};
      case 'get_zeroed_page':
        return {op: this.call, gfp: this.#gfpText()};
      case 'alloc_pages_exact':
        return {op: this.call, gfp: this.#gfpText(), bytes: bytes()};
      case '__free_pages':
      case 'free_pages':
        return {op: this.call, pfn: pfn(), order: order()};
      case 'free_pages_exact':
        return {op: this.call, pfn: pfn(), bytes: bytes()};
      case 'drain_local_pages':
        return {op: this.call};
    }
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
    return resultLine(moment, last);
  }
}

/** What the call gave, as kernel code would see it, and why when it gave nothing. */
function resultLine(moment: Moment, command: UserCommand): TemplateResult {
  const {step, story} = moment;
  const [pfn] = step?.pfns ?? [];
  const bug = story?.path.find((one) => one.kind === 'fail' && /bad page/i.test(one.title));
  if (bug) {
    return html`<p class="line bad">
      <b>BUG: Bad page state.</b> ${linked(story?.sentence ?? '')}
    </p>`;
  }
  if (command.op.includes('free') && command.op !== '__get_free_pages') {
    return html`<p class="line good"><code>${formatCall(command)}</code>: done.</p>`;
  }
  if (command.op === 'drain_local_pages') return html`<p class="line good">Drained.</p>`;
  if (pfn === undefined) {
    return html`<p class="line bad"><b>NULL</b> ${linked(story?.sentence ?? '')}</p>`;
  }
  const gives =
    command.op === 'alloc_pages' ? `page of pfn ${pfnText(pfn)}` : directMapAddress(pfn);
  return html`<p class="line good">
    <code>${formatCall(command)}</code> = <b class="mono">${gives}</b> ·
    ${pfnLink(pfn, `pfn ${pfnText(pfn)}`)}
  </p>`;
}

function wholeNumber(text: string, what: string): number {
  if (!/^\d{1,10}$/.test(text.trim())) {
    throw new CallSyntaxError(`${what} is a whole number, not "${text}".`);
  }
  return Number(text);
}

customElements.define('kmem-console', ConsoleElement);
