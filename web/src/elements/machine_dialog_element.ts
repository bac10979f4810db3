import {css, html, LitElement, type TemplateResult} from 'lit';
import type {MachineConfig} from '../engine/model.ts';
import type {Source} from '../engine/protocol.ts';
import {bundled, kRecordings} from '../page/sources.ts';
import {dialogStyles} from './dialog_styles.ts';
import {icons} from './icons.ts';
import './machine_form_element.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

/**
 * Where a person chooses the machine: a bundled recording, a pristine one, a file of their own.
 * @element kmem-machine-dialog
 * @fires {CustomEvent<{source: Source}>} source-open - open this machine
 */
export class MachineDialogElement extends LitElement {
  static override properties = {current: {attribute: false}};
  declare current: Source | null;

  static override styles = [
    panelStyles,
    controlStyles,
    dialogStyles,
    css`
      .cards {
        display: grid;
        gap: 8px;
        margin-top: 6px;
      }
      .card {
        display: grid;
        gap: 1px;
        text-align: start;
        padding: 9px 12px;
        border: 1px solid var(--kmem-edge);
        border-radius: 8px;
        background: var(--kmem-sunken);
      }
      .card:hover {
        border-color: var(--kmem-accent);
        background: var(--kmem-accent-wash);
      }
      .card[aria-current='true'] {
        border-color: var(--kmem-accent);
        box-shadow: inset 0 0 0 1px var(--kmem-accent);
      }
      .card b {
        font-weight: 600;
      }
      .drop {
        display: grid;
        gap: 6px;
        justify-items: start;
        margin-top: 6px;
        padding: 12px;
        border: 1.5px dashed var(--kmem-edge);
        border-radius: 8px;
      }
      input[type='file'] {
        max-width: 100%;
        min-height: 34px;
      }
    `,
  ];

  constructor() {
    super();
    this.current = null;
  }

  show(): void {
    this.renderRoot.querySelector('dialog')?.showModal();
  }

  override render(): TemplateResult {
    return html`
      <dialog aria-labelledby="title">
        <div class="inside">
          <div class="head">
            <h2 id="title">Choose a machine</h2>
            <span class="grow"></span>
            <button type="button" class="button small" aria-label="Close" @click=${this.#close}>
              ${icons.cross}
            </button>
          </div>
          ${this.#recordings()} ${this.#pristine()} ${this.#file()}
        </div>
      </dialog>
    `;
  }

  #recordings(): TemplateResult {
    const current = this.current?.kind === 'recording' ? this.current.name : '';
    return html`
      <h3>Recorded from a real kernel</h3>
      <p class="hint">Stock Debian, Linux 6.1.192: every call with what that kernel gave.</p>
      <div class="cards">
        ${kRecordings.map(
          ({name, title, about}) => html`
            <button
              type="button"
              class="card"
              aria-current=${name === current ? 'true' : 'false'}
              @click=${() => this.#open(bundled(name))}
            >
              <span><b>${title}</b> <code>${name}</code></span>
              <span class="hint">${about}</span>
            </button>
          `,
        )}
      </div>
    `;
  }

  #pristine(): TemplateResult {
    return html`
      <div class="section">
        <h3>A pristine machine</h3>
        <p class="hint">As it comes out of boot: all yours.</p>
        <kmem-machine-form @config-ready=${this.#boot}></kmem-machine-form>
      </div>
    `;
  }

  #file(): TemplateResult {
    return html`
      <div class="section">
        <h3>Your own recording</h3>
        <div class="drop">
          <label for="file" class="hint">
            A <code>.jsonl.gz</code> or <code>.jsonl</code> file; dropping it anywhere on the page
            works too. It stays in this tab: nothing is sent anywhere.
          </label>
          <input id="file" type="file" accept=".gz,.jsonl" @change=${this.#choose} />
        </div>
      </div>
    `;
  }

  #boot(event: CustomEvent<{config: MachineConfig}>): void {
    this.#open({kind: 'pristine', config: event.detail.config});
  }

  #choose(event: Event): void {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    if (!file) return;
    this.#open({kind: 'file', name: file.name, file});
    // Choosing the same file again must open it again.
    input.value = '';
  }

  #open(source: Source): void {
    this.#close();
    this.dispatchEvent(
      new CustomEvent('source-open', {detail: {source}, bubbles: true, composed: true}),
    );
  }

  #close(): void {
    this.renderRoot.querySelector('dialog')?.close();
  }
}

customElements.define('kmem-machine-dialog', MachineDialogElement);
