/** Draws the timeline's background: pages the script holds, and the real kernel's dumps. */
import type {Theme} from './palette.ts';

export interface TimelinePicture {
  readonly step: number;
  readonly length: number;
  readonly dumps: readonly number[];
  readonly heldPages: readonly number[];
  readonly theme: Theme;
}

interface Ink {
  readonly past: string;
  readonly future: string;
  readonly dump: string;
  readonly now: string;
}
const kInk: Record<Theme, Ink> = {
  light: {past: '#0a5aa8', future: '#b8c7d8', dump: '#5c6b7b', now: '#141c26'},
  dark: {past: '#79bdff', future: '#33465a', dump: '#8fa1b4', now: '#ffffff'},
};

/** Half of the thumb of the range input above: its centre stays this far from both ends. */
const kThumbRadius = 9;
const kDumpHeight = 5;

/** Where a step lies, in CSS pixels. */
function xOfStep(step: number, length: number, width: number): number {
  const room = width - 2 * kThumbRadius;
  return kThumbRadius + (length === 0 ? 0 : (room * step) / length);
}

/** The parts that stay the same from step to step, drawn once: all past, and all future. */
export interface TimelineBitmaps {
  readonly past: HTMLCanvasElement;
  readonly future: HTMLCanvasElement;
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
  readonly picture: TimelinePicture;
}

/** The bitmaps for a picture: `known` when nothing but the step is new. */
export function bitmapsOf(
  known: TimelineBitmaps | null,
  width: number,
  height: number,
  ratio: number,
  picture: TimelinePicture,
): TimelineBitmaps {
  const same =
    known?.width === width &&
    known.height === height &&
    known.ratio === ratio &&
    known.picture.theme === picture.theme &&
    known.picture.length === picture.length &&
    known.picture.heldPages === picture.heldPages;
  if (same) return known;
  const ink = kInk[picture.theme];
  const layer = (colour: string) => {
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext('2d');
    if (!context) return canvas;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = colour;
    context.fill(areaPath(picture, width, height - kDumpHeight - 3));
    context.fillStyle = ink.dump;
    for (const dump of picture.dumps) {
      const x = Math.round(xOfStep(dump, picture.length, width));
      context.fillRect(x, height - kDumpHeight, 1, kDumpHeight);
    }
    return canvas;
  };
  return {past: layer(ink.past), future: layer(ink.future), width, height, ratio, picture};
}

/** Draws everything. `context` is already scaled to CSS pixels. */
export function drawTimeline(
  context: CanvasRenderingContext2D,
  bitmaps: TimelineBitmaps,
  picture: TimelinePicture,
): void {
  const {width, height, ratio} = bitmaps;
  const now = xOfStep(picture.step, picture.length, width);
  context.clearRect(0, 0, width, height);
  context.drawImage(bitmaps.future, 0, 0, width, height);
  context.clearRect(0, 0, now, height);
  context.drawImage(bitmaps.past, 0, 0, now * ratio, height * ratio, 0, 0, now, height);
  context.fillStyle = kInk[picture.theme].now;
  context.fillRect(Math.round(now) - 0.5, 0, 1.5, height);
}

function areaPath(picture: TimelinePicture, width: number, base: number): Path2D {
  const {heldPages} = picture;
  const path = new Path2D();
  const most = Math.max(1, ...heldPages);
  path.moveTo(kThumbRadius, base + 2);
  heldPages.forEach((pages, index) => {
    const x = xOfStep(index, Math.max(1, heldPages.length - 1), width);
    path.lineTo(x, base - (pages / most) * (base - 2));
  });
  path.lineTo(width - kThumbRadius, base + 2);
  path.closePath();
  return path;
}
