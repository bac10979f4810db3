/** The look of the object caches: the table, the slabs, the objects, the bytes. */
import {css} from 'lit';

export const cachesStyles = css`
  .parts {
    display: grid;
    gap: 18px;
    grid-template-columns: minmax(0, 1fr);
  }
  .scroll {
    overflow: auto;
    max-height: 72vh;
  }
  table {
    border-collapse: collapse;
    width: 100%;
    font-size: 13px;
    font-variant-numeric: tabular-nums;
  }
  th,
  td {
    padding: 3px 8px;
    text-align: end;
    white-space: nowrap;
    font-weight: 400;
    border-block-end: 1px solid var(--kmem-line);
  }
  th:first-child {
    text-align: start;
  }
  tr.open {
    background: var(--kmem-accent-wash);
  }
  .sort {
    border: 0;
    padding: 0;
    background: none;
    color: var(--kmem-soft);
    font-weight: 550;
  }
  .sort:hover {
    color: var(--kmem-ink);
  }
  .link {
    font-size: 13px;
    min-height: 24px;
  }
  @container (width >= 1000px) {
    .parts.two {
      grid-template-columns: minmax(0, 5fr) minmax(0, 6fr);
    }
  }
`;

export const cacheStyles = css`
  :host {
    font-size: 13px;
  }
  .head {
    margin: 0 0 4px;
  }
  h4 {
    margin: 12px 0 4px;
    font-size: 13px;
    font-weight: 600;
  }
  h4 .hint {
    font-weight: 400;
  }
  .slabs,
  .objects {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .slab {
    display: grid;
    gap: 2px;
    min-width: 92px;
    min-height: 34px;
    padding: 3px 7px 4px;
    border: 1px solid var(--kmem-edge);
    border-radius: 5px;
    background: var(--kmem-sunken);
    text-align: start;
    font-size: 12.5px;
  }
  .slab:hover,
  .object:hover {
    border-color: var(--kmem-accent);
  }
  .slab[aria-pressed='true'],
  .object[aria-pressed='true'] {
    border-color: var(--kmem-select);
    box-shadow: inset 0 0 0 1px var(--kmem-select);
  }
  .fill {
    height: 5px;
    border-radius: 3px;
    background: linear-gradient(
      to right,
      var(--kmem-accent) var(--share),
      var(--kmem-line) var(--share)
    );
    forced-color-adjust: none;
  }
  .object {
    min-width: 38px;
    min-height: 30px;
    padding: 1px 4px;
    border: 1px solid var(--kmem-edge);
    border-radius: 4px;
    background: var(--kmem-accent-wash);
    font: 12px var(--kmem-mono);
  }
  .object.free {
    border-style: dashed;
    background: var(--kmem-panel);
    color: var(--kmem-soft);
  }
  .object.own {
    border-style: dashed;
    border-color: var(--kmem-good);
    background: var(--kmem-good-wash);
  }
  .object sup {
    color: var(--kmem-ink);
    font-weight: 700;
  }
  .key {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 16px;
    margin: 6px 0 0;
    color: var(--kmem-soft);
  }
  .key .object {
    display: inline-block;
    min-width: 22px;
    min-height: 16px;
    margin-inline-end: 5px;
    vertical-align: -3px;
  }
  pre {
    margin: 4px 0 0;
    padding: 6px 8px;
    overflow-x: auto;
    border-radius: 6px;
    background: var(--kmem-sunken);
    font: 12.5px / 1.5 var(--kmem-mono);
  }
  pre .pointer {
    background: var(--kmem-good-wash);
    outline: 1px solid var(--kmem-good);
  }
  pre .padding {
    color: var(--kmem-soft);
    font-style: italic;
  }
`;
