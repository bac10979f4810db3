import {css, html, LitElement, nothing, type TemplateResult} from 'lit';
import type {ProcFile} from '../engine/protocol.ts';
import {icons} from './icons.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

/**
 * A file of /proc or debugfs, byte for byte as the kernel prints it.
 * @element kmem-proc
 * @fires {CustomEvent<{path: string}>} file-open - another file was chosen
 */
export class ProcElement extends LitElement {
  static override properties = {model: {attribute: false}, copied: {state: true}};
  declare model: ProcFile | null;
  declare copied: boolean;

  static override styles = [
    panelStyles,
    controlStyles,
    css`
      .panel {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        gap: 4px 16px;
        align-items: start;
        padding: 6px 14px;
      }
      select {
        font-family: var(--kmem-mono);
        font-size: 13px;
        max-width: 100%;
      }
      pre {
        margin: 0;
        padding: 4px 8px;
        overflow: auto;
        max-height: 260px;
        white-space: pre;
        border-radius: 6px;
        background: var(--kmem-sunken);
        font: 12.5px / 1.5 var(--kmem-mono);
      }
      @container (width < 820px) {
        .panel {
          grid-template-columns: minmax(0, 1fr) auto;
        }
        pre {
          grid-column: 1 / -1;
          grid-row: 2;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.model = null;
    this.copied = false;
  }

  override render(): TemplateResult | typeof nothing {
    const {model} = this;
    if (!model) return nothing;
    return html`
      <div class="panel">
        <select
          aria-label="File"
          title="Byte for byte as the kernel prints it"
          @change=${this.#choose}
        >
          ${model.paths.map(
            (path) =>
              html`<option value=${path} ?selected=${path === model.path}>${nameOf(path)}</option>`,
          )}
        </select>
        <pre tabindex="0" role="region" aria-label=${model.path}>${model.text}</pre>
        <button type="button" class="button small" @click=${this.#copy}>
          ${icons.copy} ${this.copied ? 'Copied' : 'Copy'}
        </button>
      </div>
    `;
  }

  #choose(event: Event): void {
    const path = (event.target as HTMLSelectElement).value;
    this.dispatchEvent(
      new CustomEvent('file-open', {detail: {path}, bubbles: true, composed: true}),
    );
  }

  async #copy(): Promise<void> {
    await navigator.clipboard.writeText(this.model?.text ?? '');
    this.copied = true;
    setTimeout(() => {
      this.copied = false;
    }, 1500);
  }
}

/** Files of debugfs go by their last part: their whole path is wider than what they say. */
function nameOf(path: string): string {
  return path.startsWith('/proc/') ? path : path.slice(path.lastIndexOf('/') + 1);
}

customElements.define('kmem-proc', ProcElement);
