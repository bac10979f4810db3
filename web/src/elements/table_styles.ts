/** The common look of the two tables of counts. */
import {css} from 'lit';

export const tableStyles = css`
  .scroll {
    overflow-x: auto;
  }
  table {
    border-collapse: collapse;
    width: 100%;
    table-layout: fixed;
    font-variant-numeric: tabular-nums;
    font-size: 13px;
  }
  caption {
    text-align: start;
    font-size: 13px;
    color: var(--kmem-soft);
    padding: 0 0 2px;
  }
  table + table,
  .zone + .zone {
    margin-top: 10px;
  }
  th {
    font-weight: 500;
    color: var(--kmem-soft);
    padding: 2px;
    text-align: center;
  }
  th[scope='row'] {
    text-align: start;
    width: 8.4em;
    white-space: nowrap;
  }
  th .dot {
    display: inline-block;
    width: 10px;
    height: 10px;
    border-radius: 3px;
    margin-inline-end: 5px;
    background: var(--dot);
    forced-color-adjust: none;
  }
  td {
    padding: 1px;
  }
  .cell {
    position: relative;
    width: 100%;
    min-height: 30px;
    padding: 0;
    border: 1px solid var(--kmem-line);
    border-radius: 5px;
    background: var(--kmem-sunken);
    color: var(--kmem-ink);
    font-size: 14px;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  .cell.zero {
    color: var(--kmem-soft);
    font-weight: 400;
    background: transparent;
  }
  .cell:hover {
    border-color: var(--kmem-accent);
    background: var(--kmem-accent-wash);
  }
  .cell[aria-pressed='true'] {
    border-color: var(--kmem-accent);
    box-shadow: inset 0 0 0 1px var(--kmem-accent);
  }
  .cell.selected {
    border-color: var(--kmem-select);
    box-shadow: inset 0 0 0 2px var(--kmem-select);
    background: var(--kmem-select-wash);
  }
  .cell.up,
  .cell.down {
    border-color: var(--kmem-ink);
  }
  .cell.up {
    background: var(--kmem-good-wash);
  }
  .cell.down {
    background: var(--kmem-warn-wash);
  }
  .delta {
    position: absolute;
    inset: -1px 2px auto auto;
    font-size: 10px;
    font-weight: 600;
    color: var(--kmem-good);
  }
  .down .delta {
    color: var(--kmem-warn);
  }
  .sum td {
    text-align: center;
    padding-top: 3px;
    color: var(--kmem-soft);
  }
  .name .long {
    display: inline;
  }
  .name .short {
    display: none;
  }
  @container (width < 470px) {
    .cell {
      font-size: 13px;
    }
    th[scope='row'] {
      width: 2.2em;
      padding: 0;
    }
    td {
      padding: 1px 0;
    }
    /* Still read aloud, no longer seen. */
    .name .long {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    .name .short {
      display: inline;
    }
  }
`;
