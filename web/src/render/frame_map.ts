/** The frame map: the ground, and the marks on it, sharp at any zoom. */
import type {Tile} from './frame_layout.ts';
import type {TileBlocks} from './frame_pixels.ts';
import {type GroundModel, type GroundView, MapGround} from './map_ground.ts';
import {drawMarks, type FrameMarks} from './map_marks.ts';
import {drawPageblocks, type Pageblocks} from './map_pageblocks.ts';
import {kMapInk} from './palette.ts';

export interface FrameMapModel extends GroundModel {
  readonly pageblocks: Pageblocks;
  readonly marks: FrameMarks;
}

/** Draws one machine again and again; what did not change is not drawn anew. */
export class FrameMap {
  readonly #ground = new MapGround();

  draw(context: CanvasRenderingContext2D, model: FrameMapModel, seen: GroundView): void {
    this.#ground.update(model, seen);
    const {canvas} = this.#ground;
    const {size, view, ratio} = seen;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(canvas, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawPageblocks(context, size, view, model.layout, model.pageblocks, model.theme, (...block) =>
      this.#ground.isOneFreeBlock(model, ...block),
    );
    drawMarks(context, size, view, model.layout, model.marks, kMapInk[model.theme]);
  }

  /** Blocks of a tile as they were drawn last. */
  blocks(tile: Tile): TileBlocks {
    return this.#ground.pixels.blocks(tile);
  }
}
