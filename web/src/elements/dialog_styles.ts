/** The common look of the dialogs. */
import {css} from 'lit';

export const dialogStyles = css`
  dialog {
    width: min(620px, calc(100vw - 24px));
    max-height: calc(100dvh - 24px);
    padding: 0;
    border: 1px solid var(--kmem-edge);
    border-radius: 12px;
    background: var(--kmem-panel);
    color: var(--kmem-ink);
    overflow: auto;
    overscroll-behavior: contain;
  }
  dialog::backdrop {
    background: rgb(6 10 15 / 55%);
  }
  .inside {
    padding: 16px 18px 18px;
  }
  .inside > .head {
    align-items: center;
  }
  h2 {
    font-size: 17px;
  }
  .section {
    margin-top: 16px;
  }
`;
