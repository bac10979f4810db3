/**
 * The pageblocks on the map: a band at the left of each, in the hue of the type that it belongs to.
 * Blocks of another colour beside it are guests: what fragmentation is made of. A pageblock that is
 * free as a whole has that colour already, and no band.
 */
import type {MachineView} from '../engine/model.ts';
import {type FrameLayout, rectOfBlock} from './frame_layout.ts';
import {isVisible, type MapSize, type MapView, toPixels} from './map_view.ts';
import {colourOf, cssColour, kKindAllocated, kTypeLetters, type Theme} from './palette.ts';

/** Below this height a band would hide the frames it stands for. */
const kMinHeightPx = 12;
const kBandPx = 3;
/** A block of the map is never bigger than a tile. */
const kMaxOrder = 10;

export type Pageblocks = Pick<MachineView, 'zones' | 'pageblockOrder'>;

export function drawPageblocks(
  context: CanvasRenderingContext2D,
  size: MapSize,
  view: MapView,
  layout: FrameLayout,
  {zones, pageblockOrder}: Pageblocks,
  theme: Theme,
  isOneFreeBlock: (pfn: number, order: number, type: number) => boolean,
): void {
  if (pageblockOrder > kMaxOrder) return;
  const pages = 2 ** pageblockOrder;
  for (const zone of zones) {
    const start = Math.floor(zone.startPfn / pages) * pages;
    for (const [index, letter] of [...zone.pageblocks].entries()) {
      const type = kTypeLetters.indexOf(letter as (typeof kTypeLetters)[number]);
      const cells = rectOfBlock(layout, start + index * pages, pageblockOrder);
      if (type < 0 || !cells) continue;
      const rect = toPixels(cells, view);
      // All pageblocks are of one size on the screen.
      if (rect.height < kMinHeightPx) return;
      if (!isVisible(rect, size)) continue;
      if (isOneFreeBlock(start + index * pages, pageblockOrder, type)) continue;
      context.fillStyle = cssColour(colourOf(kKindAllocated | (type << 4), theme));
      context.fillRect(rect.x + 1, rect.y + 1.5, kBandPx, rect.height - 2);
    }
  }
}
