/**
 * The frame map's bitmap: one pixel a frame, repainted only where frames changed, and per tile the
 * list of its blocks for borders and labels.
 */
import {kFrameHeadBit} from '../engine/frame_state.ts';
import {
  type FrameLayout,
  kCellOfOffset,
  kTileEdge,
  kTileFrames,
  type Tile,
} from './frame_layout.ts';
import {kKindAllocated, kKindFree, paletteTable, type Theme} from './palette.ts';

/** Blocks of one tile as pairs: offset of the first frame, order. */
export type TileBlocks = Uint16Array;

/** Blocks of a tile from its frame states: from each head to where the next block starts. */
export function blocksOfTile(tile: Tile, frames: Uint8Array): TileBlocks {
  const found: number[] = [];
  for (const run of tile.runs) {
    const end = run.firstFrame + run.frames;
    let index = run.firstFrame;
    while (index < end) {
      const state = frames[index] ?? 0;
      const kind = state & 0x0f;
      if ((state & kFrameHeadBit) === 0 || kind < kKindFree || kind > kKindAllocated) {
        index += 1;
        continue;
      }
      const body = state & ~kFrameHeadBit;
      let next = index + 1;
      while (next < end && frames[next] === body) next += 1;
      // A block never ends in the middle of a power of two; a ragged rest is drawn as pages.
      const order = Math.min(10, 31 - Math.clz32(next - index));
      found.push(run.offset + (index - run.firstFrame), order);
      index += 1 << order;
    }
  }
  return Uint16Array.from(found);
}

/** True when any frame of the tile differs between two sets of states. */
export function tileDiffers(tile: Tile, one: FrameWords, two: FrameWords): boolean {
  for (const run of tile.runs) {
    const end = run.firstFrame + run.frames;
    let index = run.firstFrame;
    for (; index < end && index % 4 !== 0; index += 1) {
      if (one.bytes[index] !== two.bytes[index]) return true;
    }
    for (; index + 4 <= end; index += 4) {
      if (one.words[index >> 2] !== two.words[index >> 2]) return true;
    }
    for (; index < end; index += 1) {
      if (one.bytes[index] !== two.bytes[index]) return true;
    }
  }
  return false;
}

/** States to compare four at a time: a big machine has a million. */
export interface FrameWords {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
}

export function wordsOf(bytes: Uint8Array): FrameWords {
  const whole = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return {
    bytes: whole,
    words: new Uint32Array(whole.buffer, whole.byteOffset, whole.length >> 2),
  };
}

/** Paints one tile into packed pixels; cells without memory keep what is there. */
export function paintTile(
  tile: Tile,
  frames: Uint8Array,
  pixels: Uint32Array,
  stride: number,
  palette: Uint32Array,
): void {
  const corner = tile.y * stride + tile.x;
  for (const run of tile.runs) {
    for (let frame = 0; frame < run.frames; frame += 1) {
      const cell = kCellOfOffset[run.offset + frame] ?? 0;
      const at = corner + (cell >> 5) * stride + (cell & (kTileEdge - 1));
      pixels[at] = palette[frames[run.firstFrame + frame] ?? 0] ?? 0;
    }
  }
}

/** Keeps the bitmap of one machine up to date. */
export class FramePixels {
  readonly canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #blocks = new Map<Tile, TileBlocks>();
  #image: ImageData;
  #pixels: Uint32Array;
  #frames: Uint8Array = new Uint8Array(0);
  #layout: FrameLayout | null = null;
  #theme: Theme | null = null;

  constructor() {
    this.canvas = document.createElement('canvas');
    const context = this.canvas.getContext('2d');
    if (!context) throw new Error('this browser has no 2D canvas');
    this.#context = context;
    this.#image = new ImageData(1, 1);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
  }

  /** Brings the bitmap to `frames`; returns the tiles that had to be painted. */
  update(layout: FrameLayout, frames: Uint8Array, theme: Theme): readonly Tile[] {
    const fresh =
      layout !== this.#layout || theme !== this.#theme || frames.length !== this.#frames.length;
    if (fresh) this.#start(layout, theme);
    else if (frames === this.#frames) return [];

    const palette = paletteTable(theme);
    const [now, before] = [wordsOf(frames), wordsOf(this.#frames)];
    const painted: Tile[] = [];
    for (const tile of layout.tiles) {
      if (!fresh && !tileDiffers(tile, now, before)) continue;
      paintTile(tile, frames, this.#pixels, layout.width, palette);
      this.#blocks.delete(tile);
      painted.push(tile);
      if (!fresh) {
        this.#context.putImageData(this.#image, 0, 0, tile.x, tile.y, kTileEdge, kTileEdge);
      }
    }
    if (fresh) this.#context.putImageData(this.#image, 0, 0);
    this.#frames = frames;
    return painted;
  }

  /** Blocks of a tile, found when first asked for after a change. */
  blocks(tile: Tile): TileBlocks {
    const known = this.#blocks.get(tile);
    if (known) return known;
    const found = blocksOfTile(tile, this.#frames);
    this.#blocks.set(tile, found);
    return found;
  }

  #start(layout: FrameLayout, theme: Theme): void {
    this.canvas.width = layout.width;
    this.canvas.height = layout.height;
    this.#image = new ImageData(layout.width, layout.height);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
    this.#blocks.clear();
    this.#layout = layout;
    this.#theme = theme;
  }
}

/** The block that holds a frame, as far as the state bytes tell: its first frame and order. */
export function blockAround(
  blocks: TileBlocks,
  tile: Tile,
  pfn: number,
): {readonly pfn: number; readonly order: number} | null {
  const offset = pfn - tile.startPfn;
  if (offset < 0 || offset >= kTileFrames) return null;
  for (let index = 0; index < blocks.length; index += 2) {
    const start = blocks[index] ?? 0;
    const order = blocks[index + 1] ?? 0;
    if (offset >= start && offset < start + (1 << order)) {
      return {pfn: tile.startPfn + start, order};
    }
  }
  return null;
}
