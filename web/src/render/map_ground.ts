/**
 * The map without its marks: every frame's colour, the borders of the blocks and their labels.
 * Kept as a picture of its own, so that a step repaints only the tiles in which a frame changed.
 */
import {kFrameHeadBit} from '../engine/frame_state.ts';
import {
  type CellRect,
  type FrameLayout,
  kTileEdge,
  kTileFrames,
  rectOfBlock,
  type Tile,
} from './frame_layout.ts';
import {blockAround, FramePixels} from './frame_pixels.ts';
import {isVisible, type MapSize, type MapView, toPixels} from './map_view.ts';
import {
  kKindAllocated,
  kKindFree,
  kKindPcp,
  kMapInk,
  kTypeLetters,
  type MapInk,
  type Theme,
} from './palette.ts';

const kMinBorderPx = 5;
const kMinLabelPx = 15;

export interface GroundModel {
  readonly layout: FrameLayout;
  readonly frames: Uint8Array;
  readonly theme: Theme;
  /** Whether blocks have a migratetype, whose letter stands in their label. */
  readonly grouped: boolean;
}

/** How the ground is seen. `ratio` is the number of device pixels in a CSS pixel. */
export interface GroundView {
  readonly size: MapSize;
  readonly view: MapView;
  readonly ratio: number;
}

/** Lines that show on pale blocks vanish on full ones, and the other way round. */
interface Borders {
  readonly onPale: Path2D;
  readonly onFull: Path2D;
}

export class MapGround {
  readonly canvas: HTMLCanvasElement;
  readonly pixels = new FramePixels();
  readonly #context: CanvasRenderingContext2D;
  #seen = '';

  constructor() {
    this.canvas = document.createElement('canvas');
    const context = this.canvas.getContext('2d');
    if (!context) throw new Error('this browser has no 2D canvas');
    this.#context = context;
  }

  /** Brings the picture to a state of the machine, seen in a certain way. */
  update(model: GroundModel, seen: GroundView): void {
    const changed = this.pixels.update(model.layout, model.frames, model.theme);
    const key = JSON.stringify(seen);
    const isFresh = changed.length === model.layout.tiles.length;
    if (key === this.#seen && !isFresh) {
      for (const tile of changed) this.#drawTile(tile, model, seen);
      return;
    }
    this.#seen = key;
    this.#start(seen);
    for (const tile of model.layout.tiles) this.#drawTile(tile, model, seen);
    drawZoneLabels(this.#context, model.layout, seen.view, kMapInk[model.theme]);
  }

  /** Whether 2^order frames from `pfn` lie in one free block of a type: its colour says all. */
  isOneFreeBlock(model: GroundModel, pfn: number, order: number, type: number): boolean {
    const tile = model.layout.tileAt.get(Math.floor(pfn / kTileFrames));
    if (!tile) return false;
    const block = blockAround(this.pixels.blocks(tile), tile, pfn);
    const state = stateIn(tile, model.frames, pfn - tile.startPfn);
    return block !== null && block.order >= order && state === (kKindFree | (type << 4));
  }

  #start({size, ratio}: GroundView): void {
    const {canvas} = this;
    canvas.width = Math.max(1, Math.round(size.width * ratio));
    canvas.height = Math.max(1, Math.round(size.height * ratio));
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  /** Draws within the tile only: its neighbours need not be drawn again. */
  #drawTile(tile: Tile, model: GroundModel, seen: GroundView): void {
    const {view, size} = seen;
    const rect = toPixels({x: tile.x, y: tile.y, width: kTileEdge, height: kTileEdge}, view);
    if (!isVisible(rect, size)) return;
    const context = this.#context;
    context.save();
    clipTo(context, edgesOf(tile, rect, seen.ratio));
    this.#drawFrames(model.layout, view);
    const blocks = this.#visibleBlocks(tile, model, seen);
    drawBorders(context, blocks, kMapInk[model.theme]);
    drawLabels(context, blocks, model.grouped, kMapInk[model.theme]);
    context.restore();
  }

  #drawFrames(layout: FrameLayout, {scale, x, y}: MapView): void {
    // Below one pixel a frame, averaging shows mixtures that skipping frames would hide.
    this.#context.imageSmoothingEnabled = scale < 1;
    const [width, height] = [layout.width * scale, layout.height * scale];
    this.#context.drawImage(this.pixels.canvas, x, y, width, height);
  }

  /** Blocks that are large enough on the screen to have a border. */
  #visibleBlocks(tile: Tile, model: GroundModel, {view, size}: GroundView): readonly SeenBlock[] {
    const found: SeenBlock[] = [];
    const blocks = this.pixels.blocks(tile);
    for (let index = 0; index < blocks.length; index += 2) {
      const offset = blocks[index] ?? 0;
      const order = blocks[index + 1] ?? 0;
      const cells = rectOfBlock(model.layout, tile.startPfn + offset, order);
      if (!cells) continue;
      const rect = toPixels(cells, view);
      if (rect.height < kMinBorderPx || !isVisible(rect, size)) continue;
      found.push({rect, order, state: stateIn(tile, model.frames, offset)});
    }
    return found;
  }
}

/** State byte of a frame of the tile, without the bit that marks the head of a block. */
function stateIn(tile: Tile, frames: Uint8Array, offset: number): number {
  const run = tile.runs.find((r) => offset >= r.offset && offset < r.offset + r.frames);
  return run ? (frames[run.firstFrame + offset - run.offset] ?? 0) & ~kFrameHeadBit : 0;
}

interface SeenBlock {
  readonly rect: CellRect;
  readonly order: number;
  readonly state: number;
}

/**
 * The device pixels of a tile. A block's right border is the left border of its neighbour; where
 * no tile follows, the tile keeps one pixel more.
 */
function edgesOf(tile: Tile, rect: CellRect, ratio: number): CellRect {
  const toDevice = (length: number) => Math.round(length * ratio) / ratio;
  const x = toDevice(Math.round(rect.x));
  const y = toDevice(Math.round(rect.y));
  const right = Math.round(rect.x + rect.width) + (tile.endsRow ? 1 : 0);
  const bottom = Math.round(rect.y + rect.height) + (tile.endsColumn ? 1 : 0);
  return {x, y, width: toDevice(right) - x, height: toDevice(bottom) - y};
}

function clipTo(context: CanvasRenderingContext2D, {x, y, width, height}: CellRect): void {
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.clearRect(x, y, width, height);
}

function drawBorders(
  context: CanvasRenderingContext2D,
  blocks: readonly SeenBlock[],
  ink: MapInk,
): void {
  const borders: Borders = {onPale: new Path2D(), onFull: new Path2D()};
  for (const {rect, state} of blocks) {
    const path = (state & 0x0f) === kKindAllocated ? borders.onFull : borders.onPale;
    path.rect(
      Math.round(rect.x) + 0.5,
      Math.round(rect.y) + 0.5,
      Math.round(rect.x + rect.width) - Math.round(rect.x),
      Math.round(rect.y + rect.height) - Math.round(rect.y),
    );
    if ((state & 0x0f) === kKindPcp) hatch(path, rect);
  }
  context.lineWidth = 1;
  context.strokeStyle = ink.line;
  context.stroke(borders.onPale);
  context.strokeStyle = ink.lineOnStrong;
  context.stroke(borders.onFull);
}

function drawLabels(
  context: CanvasRenderingContext2D,
  blocks: readonly SeenBlock[],
  grouped: boolean,
  ink: MapInk,
): void {
  for (const block of blocks) {
    if (block.rect.height >= kMinLabelPx) drawBlockLabel(context, block, grouped, ink);
  }
}

/** A slash tells a per-CPU block without colour. */
function hatch(path: Path2D, rect: CellRect): void {
  path.moveTo(rect.x, rect.y + rect.height);
  path.lineTo(rect.x + rect.width, rect.y);
}

function drawBlockLabel(
  context: CanvasRenderingContext2D,
  {rect, order, state}: SeenBlock,
  grouped: boolean,
  ink: MapInk,
): void {
  const letter = grouped ? (kTypeLetters[(state >> 4) & 7] ?? '?') : '';
  const full = (state & 0x0f) === kKindAllocated;
  const fontPx = Math.max(10, Math.min(15, rect.height * 0.34));
  const text = rect.width >= 26 ? `${letter} ${order}`.trim() : letter;
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
