import {css, html, LitElement, type TemplateResult} from 'lit';
import {icons} from './icons.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

/**
 * A file of /proc, byte for byte as the kernel prints it.
 * @element kmem-proc
 */
export class ProcElement extends LitElement {
  static override properties = {
    path: {type: String},
    text: {attribute: false},
    copied: {state: true},
  };
  declare path: string;
  declare text: string;
  declare copied: boolean;

  static override styles = [
    panelStyles,
    controlStyles,
    css`
      .panel {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        gap: 4px 16px;
        align-items: center;
        padding: 6px 14px;
      }
      h2 {
        font-family: var(--kmem-mono);
        font-size: 13px;
      }
      pre {
        margin: 0;
        padding: 4px 8px;
        overflow-x: auto;
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
    this.path = '';
    this.text = '';
    this.copied = false;
  }

  override render(): TemplateResult {
    return html`
      <div class="panel">
        <h2 title="Byte for byte as the kernel prints it">${this.path}</h2>
        <pre tabindex="0" role="region" aria-label=${this.path}>${this.text}</pre>
        <button type="button" class="button small" @click=${this.#copy}>
          ${icons.copy} ${this.copied ? 'Copied' : 'Copy'}
        </button>
      </div>
    `;
  }

  async #copy(): Promise<void> {
    await navigator.clipboard.writeText(this.text);
    this.copied = true;
    setTimeout(() => {
      this.copied = false;
    }, 1500);
  }
}

customElements.define('kmem-proc', ProcElement);
