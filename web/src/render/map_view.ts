/** Which part of the map is seen, and where a block then lies on the screen. */
import {type CellRect, type FrameLayout, rectOfBlock} from './frame_layout.ts';

/** A cell is `scale` CSS pixels; cell (0, 0) lies at (x, y). */
export interface MapView {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}
export interface Block {
  readonly pfn: number;
  readonly order: number;
}
/** In CSS pixels. */
export interface MapSize {
  readonly width: number;
  readonly height: number;
}

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

export function toPixels(cells: CellRect, view: MapView): CellRect {
  return {
    x: cells.x * view.scale + view.x,
    y: cells.y * view.scale + view.y,
    width: cells.width * view.scale,
    height: cells.height * view.scale,
  };
}

export function isVisible(rect: CellRect, size: MapSize): boolean {
  return (
    rect.x < size.width &&
    rect.y < size.height &&
    rect.x + rect.width > 0 &&
    rect.y + rect.height > 0
  );
}
