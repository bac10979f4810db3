/** Look of one labelled field of a form: its name to the left, what to know about it below. */
import {css} from 'lit';

export const fieldStyles = css`
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
`;
