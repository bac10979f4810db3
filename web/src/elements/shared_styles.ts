/** What all elements have in common: panels, headings, buttons, fields. */
import {css} from 'lit';

export const panelStyles = css`
  :host {
    display: block;
    min-width: 0;
    container-type: inline-size;
    contain: content;
  }
  :host([hidden]) {
    display: none;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  .panel {
    background: var(--kmem-panel);
    border: 1px solid var(--kmem-line);
    border-radius: var(--kmem-radius);
    padding: 12px 14px 14px;
    min-width: 0;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 4px 10px;
    margin: 0 0 8px;
  }
  h2 {
    margin: 0;
    font-size: 14px;
    font-weight: 650;
    letter-spacing: 0.01em;
  }
  h3 {
    margin: 0;
    font-size: 13px;
    font-weight: 650;
  }
  .hint {
    color: var(--kmem-soft);
    font-size: 13px;
    margin: 0;
  }
  .grow {
    flex: 1 1 auto;
  }
  code,
  .mono {
    font-family: var(--kmem-mono);
    font-size: 0.92em;
    font-variant-numeric: tabular-nums;
  }
  .sr {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

export const controlStyles = css`
  button,
  select,
  input {
    font: inherit;
    color: inherit;
  }
  button {
    cursor: pointer;
  }
  button:disabled {
    cursor: default;
    opacity: 0.55;
  }
  :focus-visible {
    outline: 2px solid var(--kmem-accent);
    outline-offset: 2px;
  }
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-height: 34px;
    min-width: 34px;
    padding: 4px 12px;
    border: 1px solid var(--kmem-edge);
    border-radius: 6px;
    background: var(--kmem-panel);
    font-size: 14px;
  }
  .button:hover:not(:disabled) {
    background: var(--kmem-accent-wash);
    border-color: var(--kmem-accent);
  }
  .button.primary {
    background: var(--kmem-accent);
    border-color: var(--kmem-accent);
    color: var(--kmem-accent-ink);
    font-weight: 600;
  }
  .button.primary:hover:not(:disabled) {
    background: color-mix(in oklab, var(--kmem-accent) 85%, var(--kmem-ink));
  }
  .button.small {
    min-height: 26px;
    min-width: 26px;
    padding: 1px 9px;
    font-size: 13px;
  }
  .pfn,
  .link {
    display: inline;
    text-align: start;
    padding: 0;
    margin: 0;
    border: 0;
    background: none;
    color: var(--kmem-accent);
    text-decoration: underline;
    text-decoration-thickness: 1px;
    text-underline-offset: 2px;
  }
  .pfn {
    font-family: var(--kmem-mono);
    font-size: 0.94em;
  }
  .pfn:hover,
  .link:hover {
    text-decoration-thickness: 2px;
  }
  select,
  input[type='text'],
  input[type='number'] {
    min-height: 34px;
    padding: 4px 8px;
    border: 1px solid var(--kmem-edge);
    border-radius: 6px;
    background: var(--kmem-sunken);
    max-width: 100%;
  }
  svg.icon {
    width: 16px;
    height: 16px;
    flex: none;
    fill: currentColor;
  }
  @media (pointer: coarse) {
    .button,
    select,
    input[type='text'],
    input[type='number'] {
      min-height: 44px;
      min-width: 44px;
    }
    .button.small {
      min-height: 36px;
    }
  }
`;
