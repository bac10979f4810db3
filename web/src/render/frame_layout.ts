/**
 * Where each page frame lies in the map.
 *
 * A tile is the largest buddy block: 1024 frames (order 10, 4 MiB), a square of 32 x 32 cells. In
 * a tile the frames follow the Z curve, so that *every* buddy block is one square or one 2:1
 * rectangle, two buddies always touch, and a split is seen as a halving. Tiles run left to right,
 * top to bottom; every zone starts a new row.
 */
import type {SectionView, ZoneView} from '../engine/model.ts';

const kTileOrder = 10;
export const kTileFrames = 1 << kTileOrder;
export const kTileEdge = 32;
/** CSS pixels above each zone: room for its name at any scale. */
const kZoneGapPx = 20;

/** A run of frames that exist in one tile. */
interface TileRun {
  readonly firstFrame: number;
  readonly offset: number;
  readonly frames: number;
}
export interface Tile {
  /** Pfn of the tile's first cell, a multiple of 1024; the frame may not exist. */
  readonly startPfn: number;
  /** Cell of its upper left corner. */
  readonly x: number;
  readonly y: number;
  readonly runs: readonly TileRun[];
  /** No tile follows to the right, or below. */
  readonly endsRow: boolean;
  readonly endsColumn: boolean;
}
interface ZoneLabel {
  readonly zone: number;
  readonly text: string;
  /** Cell of the zone's upper edge; the name stands above it. */
  readonly y: number;
}
/** An area in CSS pixels. */
export interface Area {
  readonly width: number;
  readonly height: number;
}
export interface FrameLayout {
  readonly tiles: readonly Tile[];
  /** Tile by number (pfn >> 10). */
  readonly tileAt: ReadonlyMap<number, Tile>;
  readonly labels: readonly ZoneLabel[];
  /** Size in cells. */
  readonly width: number;
  readonly height: number;
}

/** Z-curve: even bits of the offset are the column, odd bits the row. Index -> y * 32 + x. */
export const kCellOfOffset: Uint16Array = Uint16Array.from({length: kTileFrames}, (_, offset) => {
  let x = 0;
  let y = 0;
  for (let bit = 0; bit < 5; bit += 1) {
    x |= ((offset >> (2 * bit)) & 1) << bit;
    y |= ((offset >> (2 * bit + 1)) & 1) << bit;
  }
  return y * kTileEdge + x;
});

const kOffsetOfCell: Uint16Array = (() => {
  const inverse = new Uint16Array(kTileFrames);
  kCellOfOffset.forEach((cell, offset) => {
    inverse[cell] = offset;
  });
  return inverse;
})();

interface Span {
  readonly zone: ZoneView;
  readonly numbers: readonly number[];
}

function tilesOfZone(zone: ZoneView, sections: readonly SectionView[]): Span {
  const numbers = new Set<number>();
  const end = zone.startPfn + zone.spanned;
  for (const section of sections) {
    const from = Math.max(section.startPfn, zone.startPfn);
    const to = Math.min(section.startPfn + section.frames, end);
    for (let tile = Math.floor(from / kTileFrames); tile * kTileFrames < to; tile += 1) {
      numbers.add(tile);
    }
  }
  return {zone, numbers: [...numbers].sort((a, b) => a - b)};
}

function runsOfTile(startPfn: number, sections: readonly SectionView[]): readonly TileRun[] {
  const runs: TileRun[] = [];
  for (const section of sections) {
    const from = Math.max(section.startPfn, startPfn);
    const to = Math.min(section.startPfn + section.frames, startPfn + kTileFrames);
    if (from >= to) continue;
    const firstFrame = section.firstFrame + (from - section.startPfn);
    runs.push({firstFrame, offset: from - startPfn, frames: to - from});
  }
  return runs;
}

/** Lays the machine out for an area, with as many tiles a row as make the cells largest. */
export function layoutFrames(
  zones: readonly ZoneView[],
  sections: readonly SectionView[],
  area: Area,
): FrameLayout {
  const spans = zones.map((zone) => tilesOfZone(zone, sections)).filter((s) => s.numbers.length);
  const {columns, scale} = bestColumns(spans, area);
  const gap = Math.ceil(kZoneGapPx / scale);
  const tiles: Tile[] = [];
  const labels: ZoneLabel[] = [];
  const tileAt = new Map<number, Tile>();
  let y = 0;
  for (const {zone, numbers} of spans) {
    y += gap;
    labels.push({zone: zone.index, text: `Node ${zone.node}, zone ${zone.name}`, y});
    numbers.forEach((number, index) => {
      const startPfn = number * kTileFrames;
      const tile: Tile = {
        startPfn,
        x: (index % columns) * kTileEdge,
        y: y + Math.floor(index / columns) * kTileEdge,
        runs: runsOfTile(startPfn, sections),
        endsRow: (index + 1) % columns === 0 || index + 1 === numbers.length,
        endsColumn: index + columns >= numbers.length,
      };
      tiles.push(tile);
      // Zones meet on tile borders on x86-64; should two share a tile, the first one shows it.
      if (!tileAt.has(number)) tileAt.set(number, tile);
    });
    y += Math.ceil(numbers.length / columns) * kTileEdge;
  }
  const widest = Math.max(1, ...spans.map((span) => Math.min(columns, span.numbers.length)));
  return {tiles, tileAt, labels, width: widest * kTileEdge, height: Math.max(1, y)};
}

/** A map of one tile only, for the close-up. */
export function layoutTile(startPfn: number, sections: readonly SectionView[]): FrameLayout {
  const runs = runsOfTile(startPfn, sections);
  const tile: Tile = {startPfn, x: 0, y: 0, runs, endsRow: true, endsColumn: true};
  const tileAt = new Map([[Math.floor(startPfn / kTileFrames), tile]]);
  return {tiles: [tile], tileAt, labels: [], width: kTileEdge, height: kTileEdge};
}

function bestColumns(spans: readonly Span[], area: Area): {columns: number; scale: number} {
  const most = Math.max(1, ...spans.map((span) => span.numbers.length));
  const room = Math.max(kTileEdge, area.height - spans.length * kZoneGapPx);
  let best = {columns: 1, scale: 0};
  for (let columns = 1; columns <= Math.min(most, 256); columns += 1) {
    const rows = spans.reduce((sum, span) => sum + Math.ceil(span.numbers.length / columns), 0);
    const scale = Math.min(area.width / (columns * kTileEdge), room / (rows * kTileEdge));
    if (scale > best.scale * 1.0001) best = {columns, scale};
  }
  return best;
}

/** A rectangle in cells. */
export interface CellRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The square or 2:1 rectangle of a block of 2^order frames; null when it is not in the map. */
export function rectOfBlock(layout: FrameLayout, pfn: number, order: number): CellRect | null {
  const tile = layout.tileAt.get(Math.floor(pfn / kTileFrames));
  if (!tile) return null;
  const cell = kCellOfOffset[pfn % kTileFrames] ?? 0;
  return {
    x: tile.x + (cell % kTileEdge),
    y: tile.y + Math.floor(cell / kTileEdge),
    width: 1 << ((order + 1) >> 1),
    height: 1 << (order >> 1),
  };
}

/** The frame at a cell; null between the tiles and where no memory is. */
export function pfnAtCell(layout: FrameLayout, x: number, y: number): number | null {
  for (const tile of layout.tiles) {
    const column = Math.floor(x) - tile.x;
    const row = Math.floor(y) - tile.y;
    if (column < 0 || row < 0 || column >= kTileEdge || row >= kTileEdge) continue;
    return tile.startPfn + (kOffsetOfCell[row * kTileEdge + column] ?? 0);
  }
  return null;
}

/** Index of a frame in frameStates(), or -1 where no memory is. */
export function frameIndex(sections: readonly SectionView[], pfn: number): number {
  const section = sections.find((s) => pfn >= s.startPfn && pfn < s.startPfn + s.frames);
  return section ? section.firstFrame + (pfn - section.startPfn) : -1;
}
