/** Look of the choice of GFP flags. */
import {css} from 'lit';

export const gfpFieldStyles = css`
  :host {
    display: grid;
    gap: 8px;
  }
  :host([hidden]) {
    display: none;
  }
  .about {
    margin: -4px 0 0;
    padding-inline-start: 92px;
    color: var(--kmem-soft);
    font-size: 12px;
    line-height: 1.35;
    overflow-wrap: anywhere;
  }
  details {
    font-size: 13px;
    border: 1px solid var(--kmem-line);
    border-radius: 6px;
    padding: 4px 8px;
  }
  summary {
    cursor: pointer;
    min-height: 24px;
  }
  summary .value {
    float: inline-end;
    color: var(--kmem-soft);
  }
  details .about {
    padding: 2px 0 4px;
  }
  .flags {
    display: grid;
    gap: 4px;
    max-height: 230px;
    overflow: auto;
  }
  .flag {
    display: grid;
    grid-template-columns: 20px minmax(0, 1fr);
    gap: 6px;
    align-items: start;
    padding: 2px 0;
  }
  .flag input {
    width: 18px;
    height: 18px;
    margin: 1px 0 0;
    accent-color: var(--kmem-accent);
  }
  .flag small {
    display: block;
    color: var(--kmem-soft);
    font-size: 12px;
    line-height: 1.3;
  }
`;
