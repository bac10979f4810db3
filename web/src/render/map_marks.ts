/** What is pointed out on the map: the selection and its buddy, the last call, the open list. */
import {type FrameLayout, rectOfBlock} from './frame_layout.ts';
import {type Block, type MapSize, type MapView, toPixels} from './map_view.ts';
import type {MapInk} from './palette.ts';

export interface FrameMarks {
  readonly selected: Block | null;
  /** Blocks that the last call gave or took. */
  readonly touched: readonly Block[];
  readonly touchedText: string;
  /** Blocks that the last call stole from another type. */
  readonly stolen: readonly Block[];
  /** Blocks of the open list. */
  readonly listed: readonly Block[];
  /** Frame under the keyboard cursor. */
  readonly cursor: number | null;
  /** First frame of the tile that the close-up shows. */
  readonly lens: number | null;
}

export function drawMarks(
  context: CanvasRenderingContext2D,
  size: MapSize,
  view: MapView,
  layout: FrameLayout,
  marks: FrameMarks,
  ink: MapInk,
): void {
  if (marks.lens !== null) {
    outline(context, layout, view, {pfn: marks.lens, order: 10}, ink.strong, 2, []);
  }
  for (const block of marks.listed) outline(context, layout, view, block, ink.strong, 1.5, []);
  for (const block of marks.stolen) {
    outline(context, layout, view, block, ink.paper, 4, []);
    outline(context, layout, view, block, ink.stolen, 2.5, [7, 4]);
  }
  for (const block of marks.touched) {
    outline(context, layout, view, block, ink.touched, 2.5, []);
  }
  if (marks.selected) {
    const {pfn, order} = marks.selected;
    // The only block this one can ever merge with; every order below 10 has one.
    if (order < 10) {
      const buddy = {pfn: pfn ^ (1 << order), order};
      outline(context, layout, view, buddy, ink.select, 1.5, [4, 3]);
    }
    outline(context, layout, view, marks.selected, ink.paper, 5, []);
    outline(context, layout, view, marks.selected, ink.select, 3, []);
  }
  if (marks.cursor !== null) {
    outline(context, layout, view, {pfn: marks.cursor, order: 0}, ink.strong, 2, []);
  }
  const [first] = marks.touched;
  if (first) drawPin(context, size, view, layout, first, marks.touchedText, ink);
}

function outline(
  context: CanvasRenderingContext2D,
  layout: FrameLayout,
  view: MapView,
  block: Block,
  colour: string,
  width: number,
  dash: readonly number[],
): void {
  const cells = rectOfBlock(layout, block.pfn, block.order);
  if (!cells) return;
  const rect = toPixels(cells, view);
  // A single frame can be less than a pixel; its mark must still be seen.
  const grow = Math.max(0, (6 - rect.width) / 2);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash([...dash]);
  context.strokeRect(
    rect.x - grow,
    rect.y - grow,
    Math.max(rect.width, 6),
    rect.height + 2 * Math.max(0, (6 - rect.height) / 2),
  );
  context.setLineDash([]);
}

/** A flag at the block that the last call touched, so that one page in thousands is found. */
function drawPin(
  context: CanvasRenderingContext2D,
  size: MapSize,
  view: MapView,
  layout: FrameLayout,
  block: Block,
  text: string,
  ink: MapInk,
): void {
  const cells = rectOfBlock(layout, block.pfn, block.order);
  if (!cells || text === '') return;
  const rect = toPixels(cells, view);
  const middle = {x: rect.x + rect.width / 2, y: rect.y + rect.height / 2};
  if (middle.x < 0 || middle.y < 0 || middle.x > size.width || middle.y > size.height) return;
  context.font = `600 12px ${ink.font}`;
  const width = context.measureText(text).width + 12;
  const above = rect.y > 34;
  const top = above ? rect.y - 30 : rect.y + rect.height + 10;
  const left = Math.min(Math.max(2, middle.x - width / 2), size.width - width - 2);
  context.strokeStyle = ink.touched;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(middle.x, above ? rect.y - 2 : rect.y + rect.height + 2);
  context.lineTo(middle.x, above ? top + 20 : top);
  context.stroke();
  context.fillStyle = ink.touched;
  context.beginPath();
  context.roundRect(left, top, width, 20, 5);
  context.fill();
  context.fillStyle = ink.paper;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, left + width / 2, top + 10.5);
}
