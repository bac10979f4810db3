import {css, html, LitElement, nothing, type TemplateResult} from 'lit';
import type {DecisionStep, Explanation} from '../engine/explain.ts';
import {pfnText, plural} from '../render/format.ts';
import {linked, pfnLink} from './select_event.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

/**
 * The numbered path of checks and moves behind one call, with the kernel functions that do them.
 * @element kmem-decision-path
 * @fires {CustomEvent<{pfn: number}>} pfn-select - a frame number in the text was clicked
 */
export class DecisionPathElement extends LitElement {
  static override properties = {model: {attribute: false}};
  declare model: Explanation | null;

  static override styles = [
    panelStyles,
    controlStyles,
    css`
      details > summary {
        cursor: pointer;
        list-style-position: inside;
        padding: 2px 0;
      }
      summary h2 {
        display: inline;
      }
      ol {
        margin: 8px 0 0;
        padding: 0;
        list-style: none;
        counter-reset: step;
        /* Always the same height, so that what lies below stays where it is while stepping. */
        height: 210px;
        overflow: auto;
      }
      ol > li {
        counter-increment: step;
        position: relative;
        padding: 0 0 10px 34px;
        font-size: 14px;
      }
      ol > li::before {
        content: counter(step);
        position: absolute;
        inset: 0 auto auto 0;
        min-width: 22px;
        padding: 0 4px;
        border-radius: 11px;
        background: var(--kmem-accent-wash);
        color: var(--kmem-ink);
        font: 600 12px / 22px var(--kmem-sans);
        text-align: center;
        font-variant-numeric: tabular-nums;
      }
      ol > li::after {
        content: '';
        position: absolute;
        inset: 24px auto 2px 10.5px;
        width: 1px;
        background: var(--kmem-line);
      }
      ol > li:last-child::after {
        display: none;
      }
      ol > .fail::before {
        background: var(--kmem-bad-wash);
        color: var(--kmem-bad);
      }
      .title {
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .detail {
        color: var(--kmem-soft);
        font-size: 13px;
        overflow-wrap: anywhere;
      }
      .at {
        font-weight: 400;
      }
      .group {
        font-size: 13px;
      }
      .group ul {
        margin: 2px 0 4px;
        padding-inline-start: 18px;
      }
      .kernel {
        display: inline-block;
        font-family: var(--kmem-mono);
        font-size: 12px;
        color: var(--kmem-soft);
      }
    `,
  ];

  constructor() {
    super();
    this.model = null;
  }

  override render(): TemplateResult {
    const path = this.model?.path ?? [];
    return html`
      <section class="panel" aria-labelledby="why">
        <details open>
          <summary><h2 id="why">Why: the kernel's decision path</h2></summary>
          ${
            path.length === 0
              ? html`<p class="hint">
                  Run a call to see every check and move behind it, with the numbers compared.
                </p>`
              : html`<ol tabindex="0" aria-label="Decision path">
                  ${path.map((step) => this.#step(step))}
                </ol>`
          }
        </details>
      </section>
    `;
  }

  #step(step: DecisionStep): TemplateResult {
    const said =
      step.pfn === undefined || `${step.title} ${step.detail}`.includes(pfnText(step.pfn));
    return html`<li class=${step.kind}>
      <div class="title">
        ${linked(step.title)}
        ${said ? nothing : html`<span class="at">${pfnLink(step.pfn!)}</span>`}
      </div>
      ${step.detail ? html`<div class="detail">${linked(step.detail)}</div>` : nothing}
      ${step.kernel ? html`<span class="kernel">${step.kernel}</span>` : nothing}
      ${
        step.children && step.children.length > 0
          ? html`<details class="group">
              <summary>${plural(step.children.length, 'single step')}</summary>
              <ul>${step.children.map(
                (child) => html`<li class="plain">${linked(child.title)}
                <span class="detail">${linked(child.detail)}</span></li>`,
              )}</ul>
            </details>`
          : nothing
      }
    </li>`;
  }
}

customElements.define('kmem-decision-path', DecisionPathElement);
