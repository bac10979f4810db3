import {css, html, LitElement, type TemplateResult} from 'lit';
import {kKeyCommands} from '../page/keyboard.ts';
import {dialogStyles} from './dialog_styles.ts';
import {icons} from './icons.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

/**
 * What this page is and which keys it has.
 * @element kmem-help-dialog
 */
export class HelpDialogElement extends LitElement {
  static override styles = [
    panelStyles,
    controlStyles,
    dialogStyles,
    css`
      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 5px 16px;
        margin: 6px 0 0;
        font-size: 14px;
      }
      dt {
        font: 600 13px var(--kmem-mono);
      }
      dd {
        margin: 0;
      }
      p {
        margin: 6px 0 0;
        font-size: 14px;
      }
    `,
  ];

  show(): void {
    this.renderRoot.querySelector('dialog')?.showModal();
  }

  override render(): TemplateResult {
    return html`
      <dialog aria-labelledby="title">
        <div class="inside">
          <div class="head">
            <h2 id="title">What you see here</h2>
            <span class="grow"></span>
            <button type="button" class="button small" aria-label="Close" @click=${this.#close}>
              ${icons.cross}
            </button>
          </div>
          <p>
            The page allocator of Linux 6.1.192 as Debian builds it, running in this tab. It starts
            from the memory of a real machine and makes the calls that its kernel made; each result
            is compared with what that kernel gave.
          </p>
          <p>
            A <b>page frame</b> is 4 KiB of memory; a <b>block</b> of order <i>n</i> is
            2<sup>n</sup> of them. In the map every block is a square or a 2:1 rectangle, and its
            <b>buddy</b>, the
            only block it can merge with, lies right beside it. Pale is free, full colour is handed
            out, a slash is a per-CPU list.
          </p>
          <div class="section">
            <h3>Keys</h3>
            <dl>
              ${kKeyCommands.map(({label, about}) => html`<dt>${label}</dt><dd>${about}</dd>`)}
              <dt>in the map</dt>
              <dd>
                Arrows move a cursor, Enter selects, + and − zoom; drag pans, Ctrl + wheel zooms
              </dd>
            </dl>
          </div>
          <div class="section">
            <h3>Links</h3>
            <p>
              The address of this page always holds the moment you see: recording, step, selection
              and your own calls. Send it, or keep it.
            </p>
          </div>
        </div>
      </dialog>
    `;
  }

  #close(): void {
    this.renderRoot.querySelector('dialog')?.close();
  }
}

customElements.define('kmem-help-dialog', HelpDialogElement);
