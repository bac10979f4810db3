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
      h2 {
        font-family: var(--kmem-mono);
      }
      pre {
        margin: 0;
        padding: 8px 10px;
        overflow-x: auto;
        white-space: pre;
        border-radius: 6px;
        border: 1px solid var(--kmem-line);
        background: var(--kmem-sunken);
        font: 12.5px / 1.5 var(--kmem-mono);
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
      <section class="panel" aria-labelledby="proc">
        <div class="head">
          <h2 id="proc">${this.path}</h2>
          <p class="hint">byte for byte as the kernel prints it</p>
          <span class="grow"></span>
          <button type="button" class="button small" @click=${this.#copy}>
            ${icons.copy} ${this.copied ? 'Copied' : 'Copy'}
          </button>
        </div>
        <pre tabindex="0" role="region" aria-label=${this.path}>${this.text}</pre>
      </section>
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
