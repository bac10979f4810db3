/** Look of the console. */
import {css} from 'lit';

export const consoleStyles = css`
  form {
    display: grid;
    gap: 8px;
  }
  .field {
    display: grid;
    grid-template-columns: 84px minmax(0, 1fr);
    gap: 2px 8px;
    align-items: center;
    font-size: 13px;
  }
  .field > span {
    color: var(--kmem-soft);
  }
  .field small {
    color: var(--kmem-soft);
    font-size: 12px;
  }
  .field input,
  .field select {
    width: 100%;
    font-family: var(--kmem-mono);
    font-size: 13px;
  }
  .operands {
    display: grid;
    gap: 8px;
  }
  .operands .field {
    grid-template-columns: 84px minmax(60px, 10em) minmax(0, 1fr);
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
  .preview {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    align-items: center;
    gap: 6px 10px;
    padding: 6px 6px 6px 10px;
    border-radius: 6px;
    background: var(--kmem-sunken);
    border: 1px solid var(--kmem-line);
    font-size: 14px;
    overflow-wrap: anywhere;
  }
  .line {
    margin: 8px 0 0;
    padding: 7px 10px;
    border-radius: 6px;
    font-size: 13px;
    overflow-wrap: anywhere;
  }
  .line.good {
    background: var(--kmem-good-wash);
  }
  .line.bad {
    background: var(--kmem-bad-wash);
  }
  .line.bad b {
    color: var(--kmem-bad);
  }
  kmem-held {
    margin-top: 10px;
  }
`;
