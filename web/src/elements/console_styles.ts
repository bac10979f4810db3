/** Look of the console. */
import {css} from 'lit';

export const consoleStyles = css`
  form {
    display: grid;
    gap: 8px;
  }
  .operands {
    display: grid;
    gap: 8px;
  }
  .operands .field {
    grid-template-columns: 84px minmax(60px, 10em) minmax(0, 1fr);
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
  .log {
    margin: 8px 0 0;
    padding: 8px 10px;
    max-height: 18rem;
    overflow: auto;
    border-radius: 6px;
    background: var(--kmem-sunken);
    border: 1px solid var(--kmem-line);
    font-family: var(--kmem-mono);
    font-size: 12px;
  }
  kmem-held {
    margin-top: 10px;
  }
`;
