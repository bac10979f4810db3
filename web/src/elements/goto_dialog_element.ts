import {css, html, LitElement, nothing, type TemplateResult} from 'lit';
import {parsePfn} from '../render/format.ts';
import {dialogStyles} from './dialog_styles.ts';
import {emitSelect} from './select_event.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

/**
 * Asks for a page frame number or an address and selects it.
 * @element kmem-goto-dialog
 * @fires {CustomEvent<{pfn: number}>} pfn-select - go there
 */
export class GotoDialogElement extends LitElement {
  static override properties = {problem: {state: true}};
  declare problem: string;

  static override styles = [
    panelStyles,
    controlStyles,
    dialogStyles,
    css`
      form {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-top: 8px;
      }
      input {
        flex: 1 1 200px;
        font-family: var(--kmem-mono);
      }
      .problem {
        color: var(--kmem-bad);
        margin: 6px 0 0;
        font-size: 14px;
      }
    `,
  ];

  constructor() {
    super();
    this.problem = '';
  }

  show(): void {
    this.problem = '';
    this.renderRoot.querySelector('dialog')?.showModal();
  }

  override render(): TemplateResult {
    return html`
      <dialog aria-labelledby="title">
        <div class="inside">
          <h2 id="title">Go to a page frame</h2>
          <form @submit=${this.#go} novalidate>
            <input
              type="text"
              name="pfn"
              aria-label="Page frame number or address"
              placeholder="0x10039e, 1049502 or 0xffff88810039e000"
              autocomplete="off"
              spellcheck="false"
            />
            <button class="button primary">Go</button>
            <button type="button" class="button" @click=${this.#close}>Cancel</button>
          </form>
          ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
        </div>
      </dialog>
    `;
  }

  #go(event: SubmitEvent): void {
    event.preventDefault();
    const text = String(new FormData(event.target as HTMLFormElement).get('pfn') ?? '');
    const pfn = parsePfn(text);
    if (pfn === null) {
      this.problem = `"${text}" is not a page frame number or an address.`;
      return;
    }
    this.#close();
    emitSelect(this, pfn);
  }

  #close(): void {
    this.renderRoot.querySelector('dialog')?.close();
  }
}

customElements.define('kmem-goto-dialog', GotoDialogElement);
