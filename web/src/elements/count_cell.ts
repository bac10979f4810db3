/** One cell of a table of counts: a button that opens its list, marked when its count changed. */
import {html, nothing, type TemplateResult} from 'lit';
import {classMap} from 'lit/directives/class-map.js';
import {count} from '../render/format.ts';

export interface CountCell {
  readonly count: number;
  /** Change since the step shown before; 0 when none or when changes are not marked. */
  readonly delta: number;
  readonly label: string;
  readonly open: boolean;
  /** The selected block is on this list. */
  readonly selected: boolean;
  readonly onOpen: () => void;
}

export function countCell(cell: CountCell): TemplateResult {
  const {delta} = cell;
  const classes = {
    cell: true,
    zero: cell.count === 0,
    selected: cell.selected,
    up: delta > 0,
    down: delta < 0,
  };
  const change = delta === 0 ? '' : `, ${signed(delta)}`;
  return html`<button
    type="button"
    class=${classMap(classes)}
    aria-pressed=${cell.open ? 'true' : 'false'}
    aria-label="${cell.label}: ${count(cell.count)}${change}"
    @click=${cell.onOpen}
  >${cell.count}${
    delta === 0 ? nothing : html`<span class="delta" aria-hidden="true">${signed(delta)}</span>`
  }</button>`;
}

function signed(delta: number): string {
  return delta > 0 ? `+${delta}` : `−${-delta}`;
}
