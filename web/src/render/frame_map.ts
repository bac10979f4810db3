/** Draws the frame map: the bitmap, then borders, labels and marks, sharp at any zoom. */
import {
  type CellRect,
  type FrameLayout,
  kTileEdge,
  rectOfBlock,
  type Tile,
} from './frame_layout.ts';
import type {FramePixels} from './frame_pixels.ts';
import {kKindAllocated, kKindPcp, kTypeLetters, type MapInk} from './palette.ts';

/** Which part of the map is seen: a cell is `scale` CSS pixels; cell (0, 0) lies at (x, y). */
export interface MapView {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}
export interface Block {
  readonly pfn: number;
  readonly order: number;
}
export interface FrameMarks {
  readonly selected: Block | null;
  /** Blocks that the last call gave or took. */
  readonly touched: readonly Block[];
  readonly touchedText: string;
  /** Blocks of the open list. */
  readonly listed: readonly Block[];
  /** Frame under the keyboard cursor. */
  readonly cursor: number | null;
  /** First frame of the tile that the close-up shows. */
  readonly lens: number | null;
}
export interface FrameMapModel {
  readonly layout: FrameLayout;
  readonly frames: Uint8Array;
  readonly marks: FrameMarks;
}
export interface MapSize {
  readonly width: number;
  readonly height: number;
}

const kMinBorderPx = 5;
const kMinLabelPx = 15;

/** The view that shows the whole machine, centred. */
export function fitView(layout: FrameLayout, size: MapSize): MapView {
  const scale = Math.min(size.width / layout.width, size.height / layout.height);
  return {
    scale,
    x: (size.width - layout.width * scale) / 2,
    y: Math.max(0, (size.height - layout.height * scale) / 2),
  };
}

/** Zooms so that the point (px, py) stays where it is. */
export function zoomAt(
  view: MapView,
  factor: number,
  px: number,
  py: number,
  fit: number,
): MapView {
  const scale = Math.min(64, Math.max(fit, view.scale * factor));
  const ratio = scale / view.scale;
  return {scale, x: px - (px - view.x) * ratio, y: py - (py - view.y) * ratio};
}

/** Keeps the map within its frame, so that it cannot be lost. */
export function clampView(view: MapView, layout: FrameLayout, size: MapSize): MapView {
  const clamp = (offset: number, length: number, room: number) =>
    length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, offset));
  return {
    scale: view.scale,
    x: clamp(view.x, layout.width * view.scale, size.width),
    y: clamp(view.y, layout.height * view.scale, size.height),
  };
}

/** The view that centres a block and shows its surroundings. */
export function viewOfBlock(layout: FrameLayout, block: Block, size: MapSize): MapView | null {
  const rect = rectOfBlock(layout, block.pfn, block.order);
  if (!rect) return null;
  const fit = fitView(layout, size).scale;
  const room = Math.min(size.width / (rect.width * 4), size.height / (rect.height * 4));
  const scale = Math.max(fit, Math.min(24, room));
  return {
    scale,
    x: size.width / 2 - (rect.x + rect.width / 2) * scale,
    y: size.height / 2 - (rect.y + rect.height / 2) * scale,
  };
}

/** Draws everything. `context` is already scaled to CSS pixels. */
export function drawFrameMap(
  context: CanvasRenderingContext2D,
  size: MapSize,
  view: MapView,
  model: FrameMapModel,
  pixels: FramePixels,
  ink: MapInk,
): void {
  const {layout} = model;
  context.clearRect(0, 0, size.width, size.height);
  // Below one pixel a frame, averaging shows mixtures that skipping frames would hide.
  context.imageSmoothingEnabled = view.scale < 1;
  context.drawImage(
    pixels.canvas,
    view.x,
    view.y,
    layout.width * view.scale,
    layout.height * view.scale,
  );
  const borders: Borders = {onPale: new Path2D(), onFull: new Path2D()};
  for (const tile of layout.tiles) {
    const rect = toPixels({x: tile.x, y: tile.y, width: kTileEdge, height: kTileEdge}, view);
    if (!isVisible(rect, size)) continue;
    drawTile(context, tile, model, pixels, view, ink, size, borders);
  }
  context.lineWidth = 1;
  context.strokeStyle = ink.line;
  context.stroke(borders.onPale);
  context.strokeStyle = ink.lineOnStrong;
  context.stroke(borders.onFull);
  drawZoneLabels(context, layout, view, ink);
  drawMarks(context, size, view, model, ink);
}

/** Lines that show on pale blocks vanish on full ones, and the other way round. */
interface Borders {
  readonly onPale: Path2D;
  readonly onFull: Path2D;
}

function drawTile(
  context: CanvasRenderingContext2D,
  tile: Tile,
  model: FrameMapModel,
  pixels: FramePixels,
  view: MapView,
  ink: MapInk,
  size: MapSize,
  borders: Borders,
): void {
  const blocks = pixels.blocks(tile);
  const labels: {rect: CellRect; order: number; state: number}[] = [];
  for (let index = 0; index < blocks.length; index += 2) {
    const offset = blocks[index] ?? 0;
    const order = blocks[index + 1] ?? 0;
    const cells = rectOfBlock(model.layout, tile.startPfn + offset, order);
    if (!cells) continue;
    const rect = toPixels(cells, view);
    if (rect.height < kMinBorderPx || !isVisible(rect, size)) continue;
    const run = tile.runs.find((r) => offset >= r.offset && offset < r.offset + r.frames);
    const state = run ? (model.frames[run.firstFrame + offset - run.offset] ?? 0) : 0;
    const path = (state & 0x0f) === kKindAllocated ? borders.onFull : borders.onPale;
    path.rect(
      Math.round(rect.x) + 0.5,
      Math.round(rect.y) + 0.5,
      Math.round(rect.x + rect.width) - Math.round(rect.x),
      Math.round(rect.y + rect.height) - Math.round(rect.y),
    );
    if ((state & 0x0f) === kKindPcp) hatch(path, rect);
    if (rect.height >= kMinLabelPx) labels.push({rect, order, state});
  }
  for (const label of labels) drawBlockLabel(context, label.rect, label.order, label.state, ink);
}

/** A slash tells a per-CPU block without colour. */
function hatch(path: Path2D, rect: CellRect): void {
  path.moveTo(rect.x, rect.y + rect.height);
  path.lineTo(rect.x + rect.width, rect.y);
}

function drawBlockLabel(
  context: CanvasRenderingContext2D,
  rect: CellRect,
  order: number,
  state: number,
  ink: MapInk,
): void {
  const letter = kTypeLetters[(state >> 4) & 7] ?? '?';
  const full = (state & 0x0f) === kKindAllocated;
  const fontPx = Math.max(10, Math.min(15, rect.height * 0.34));
  const text = rect.width >= 26 ? `${letter} ${order}` : letter;
  context.font = `${full ? 700 : 500} ${fontPx}px ${ink.font}`;
  context.fillStyle = full ? ink.onStrong : ink.text;
  // Dozens of untouched blocks of the largest order must not shout.
  context.globalAlpha = !full && order === 10 ? 0.6 : 1;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, rect.x + rect.width / 2, rect.y + rect.height / 2 + 0.5);
  context.globalAlpha = 1;
}

function drawZoneLabels(
  context: CanvasRenderingContext2D,
  layout: FrameLayout,
  view: MapView,
  ink: MapInk,
): void {
  context.textAlign = 'start';
  context.textBaseline = 'bottom';
  context.fillStyle = ink.text;
  context.font = `600 12px ${ink.font}`;
  for (const label of layout.labels) {
    context.fillText(label.text, Math.max(2, view.x), view.y + label.y * view.scale - 3);
  }
}

function drawMarks(
  context: CanvasRenderingContext2D,
  size: MapSize,
  view: MapView,
  model: FrameMapModel,
  ink: MapInk,
): void {
  const {marks, layout} = model;
  if (marks.lens !== null) {
    outline(context, layout, view, {pfn: marks.lens, order: 10}, ink.strong, 2, []);
  }
  for (const block of marks.listed) outline(context, layout, view, block, ink.strong, 1.5, []);
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

function toPixels(cells: CellRect, view: MapView): CellRect {
  return {
    x: cells.x * view.scale + view.x,
    y: cells.y * view.scale + view.y,
    width: cells.width * view.scale,
    height: cells.height * view.scale,
  };
}

function isVisible(rect: CellRect, size: MapSize): boolean {
  return (
    rect.x < size.width &&
    rect.y < size.height &&
    rect.x + rect.width > 0 &&
    rect.y + rect.height > 0
  );
}
