// Goal: every buddy block is one square or 2:1 rectangle, and every frame is found where it is.
// Method: all blocks of a tile are compared with the cells of their frames; a machine with holes
// and two zones is walked frame by frame.
import {describe, expect, it} from 'vitest';
import type {SectionView, ZoneView} from '../../web/src/engine/model.ts';
import {
  frameIndex,
  kTileFrames,
  layoutFrames,
  pfnAtCell,
  rectOfBlock,
} from '../../web/src/render/frame_layout.ts';
import {
  blockAround,
  blocksOfTile,
  paintTile,
  tileDiffers,
  wordsOf,
} from '../../web/src/render/frame_pixels.ts';

const zone = (index: number, name: string, startPfn: number, spanned: number) =>
  ({index, node: 0, name, startPfn, spanned}) as ZoneView;

const kSections: readonly SectionView[] = [
  {startPfn: 0, frames: 160, firstFrame: 0},
  {startPfn: 256, frames: 4096 - 256, firstFrame: 160},
  {startPfn: 4096, frames: 8192, firstFrame: 4000},
];
const kZones = [zone(0, 'DMA', 1, 4095), zone(1, 'DMA32', 4096, 8192)];
const layout = layoutFrames(kZones, kSections, {width: 600, height: 400});

describe('the layout of frames', () => {
  it('gives each block of a tile exactly the cells of its frames', () => {
    for (let order = 0; order <= 10; order += 1) {
      for (let pfn = 4096; pfn < 4096 + kTileFrames; pfn += 2 ** order) {
        const rect = rectOfBlock(layout, pfn, order)!;
        expect(rect.width * rect.height).toBe(2 ** order);
        expect([1, 2]).toContain(rect.width / rect.height);
        for (const frame of [pfn, pfn + 2 ** order - 1]) {
          const cell = rectOfBlock(layout, frame, 0)!;
          expect(cell.x - rect.x).toBeGreaterThanOrEqual(0);
          expect(cell.x - rect.x).toBeLessThan(rect.width);
          expect(cell.y - rect.y).toBeGreaterThanOrEqual(0);
          expect(cell.y - rect.y).toBeLessThan(rect.height);
        }
      }
    }
  });

  it('finds every frame at its own cell', () => {
    for (let pfn = 0; pfn < 12_288; pfn += 7) {
      const {x, y} = rectOfBlock(layout, pfn, 0)!;
      expect(pfnAtCell(layout, x + 0.5, y + 0.5)).toBe(pfn);
    }
    expect(pfnAtCell(layout, -1, 0)).toBeNull();
  });

  it('knows which frames exist', () => {
    expect(frameIndex(kSections, 159)).toBe(159);
    expect(frameIndex(kSections, 200)).toBe(-1);
    expect(frameIndex(kSections, 256)).toBe(160);
    expect(frameIndex(kSections, 12_287)).toBe(12_191);
    expect(frameIndex(kSections, 12_288)).toBe(-1);
  });

  it('starts each zone in a row of its own, with room for its name', () => {
    const [dma, dma32] = layout.labels;
    expect(dma?.text).toBe('Node 0, zone DMA');
    expect(dma!.y).toBeGreaterThan(0);
    expect(dma32!.y).toBeGreaterThan(dma!.y + 32);
  });
});

describe('the bitmap of frames', () => {
  const tile = layout.tiles.find((one) => one.startPfn === 4096)!;
  const frames = new Uint8Array(12_192);
  const first = 4000;
  // Two free blocks of order 1, one allocated page, the rest in use since before.
  frames.fill(0x01, first);
  frames.set([0x92, 0x12, 0x92, 0x12, 0x84], first);

  it('reads blocks back from heads', () => {
    expect([...blocksOfTile(tile, frames)]).toEqual([0, 1, 2, 1, 4, 0]);
    expect(blockAround(blocksOfTile(tile, frames), tile, 4099)).toEqual({pfn: 4098, order: 1});
    expect(blockAround(blocksOfTile(tile, frames), tile, 4101)).toBeNull();
  });

  it('paints the tile where it belongs, and sees when it must again', () => {
    const pixels = new Uint32Array(layout.width * layout.height);
    paintTile(
      tile,
      frames,
      pixels,
      layout.width,
      Uint32Array.from({length: 256}, (_, i) => i + 1),
    );
    const at = (pfn: number) => {
      const {x, y} = rectOfBlock(layout, pfn, 0)!;
      return pixels[y * layout.width + x];
    };
    expect(at(4096)).toBe(0x93);
    expect(at(4099)).toBe(0x13);
    expect(at(4100)).toBe(0x85);
    expect(pixels.filter((pixel) => pixel !== 0)).toHaveLength(kTileFrames);

    const other = frames.slice();
    expect(tileDiffers(tile, wordsOf(frames), wordsOf(other))).toBe(false);
    other[first + 1023] = 2;
    expect(tileDiffers(tile, wordsOf(frames), wordsOf(other))).toBe(true);
  });
});
