/** Where a key takes the cursor of the frame map. */
import {type FrameLayout, kTileFrames, pfnAtCell, rectOfBlock} from '../render/frame_layout.ts';

const kPageblockFrames = 512;
const kFarCells = 8;

const kDirections: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The frame to go to, or null when the key is not one of the map's or leads out of it. */
export function cursorTarget(
  key: string,
  far: boolean,
  from: number,
  layout: FrameLayout,
): number | null {
  const last = layout.tiles.at(-1);
  switch (key) {
    case 'Home':
      return layout.tiles[0]?.startPfn ?? null;
    case 'End':
      return last ? last.startPfn + kTileFrames - 1 : null;
    case 'PageUp':
      return from - kPageblockFrames;
    case 'PageDown':
      return from + kPageblockFrames;
    default: {
      const direction = kDirections[key];
      const cell = rectOfBlock(layout, from, 0);
      if (!direction || !cell) return null;
      const by = far ? kFarCells : 1;
      return pfnAtCell(layout, cell.x + direction[0] * by, cell.y + direction[1] * by);
    }
  }
}
