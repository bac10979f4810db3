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
export const kThumbRadius = 9;
const kDumpHeight = 5;

/** Where a step lies, in CSS pixels. */
export function xOfStep(step: number, length: number, width: number): number {
  const room = width - 2 * kThumbRadius;
  return kThumbRadius + (length === 0 ? 0 : (room * step) / length);
}

/** Draws everything. `context` is already scaled to CSS pixels. */
export function drawTimeline(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  picture: TimelinePicture,
): void {
  const ink = kInk[picture.theme];
  const now = xOfStep(picture.step, picture.length, width);
  context.clearRect(0, 0, width, height);
  const base = height - kDumpHeight - 3;
  const area = areaPath(picture, width, base);
  context.fillStyle = ink.future;
  context.fill(area);
  context.save();
  context.beginPath();
  context.rect(0, 0, now, height);
  context.clip();
  context.fillStyle = ink.past;
  context.fill(area);
  context.restore();
  context.fillStyle = ink.dump;
  for (const dump of picture.dumps) {
    const x = Math.round(xOfStep(dump, picture.length, width));
    context.fillRect(x, height - kDumpHeight, 1, kDumpHeight);
  }
  context.fillStyle = ink.now;
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
