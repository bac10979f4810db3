/**
 * Colours of the frame map: the hue tells the migratetype, the depth tells what the frame is doing
 * (free is pale, on a per-CPU list is in between, handed out is full). Hues are Okabe and Ito's,
 * tuned apart for light and dark; no fact is told by colour alone (borders, letters, tooltip).
 */
import {
  kFrameHeadBit,
  kFrameKindMask,
  kFrameTypeMask,
  kFrameTypeShift,
} from '../engine/frame_state.ts';

export type Theme = 'light' | 'dark';
export type Rgb = readonly [red: number, green: number, blue: number];

/** Index in kFrameKinds. */
export const kKindHole = 0;
export const kKindBefore = 1;
export const kKindFree = 2;
export const kKindPcp = 3;
export const kKindAllocated = 4;

/** One letter a migratetype, as the kernel's own reports have it. */
export const kTypeLetters = ['U', 'M', 'R', 'H', 'I'] as const;

const kHues: Record<Theme, readonly Rgb[]> = {
  light: [
    [196, 105, 0], // Unmovable: orange
    [0, 104, 170], // Movable: blue
    [0, 128, 96], // Reclaimable: bluish green
    [196, 60, 30], // HighAtomic: vermilion
    [160, 80, 140], // Isolate: purple
  ],
  dark: [
    [240, 168, 50],
    [92, 184, 240],
    [40, 196, 150],
    [255, 120, 80],
    [222, 140, 190],
  ],
};

interface Surface {
  readonly paper: Rgb;
  readonly hole: Rgb;
  readonly before: Rgb;
  /** How much of the hue is left in a free frame and in a per-CPU one. */
  readonly freeShare: number;
  readonly pcpShare: number;
}

const kSurfaces: Record<Theme, Surface> = {
  light: {
    paper: [255, 255, 255],
    hole: [236, 238, 241],
    before: [150, 158, 170],
    freeShare: 0.2,
    pcpShare: 0.55,
  },
  dark: {
    paper: [18, 22, 28],
    hole: [12, 15, 19],
    before: [92, 102, 116],
    freeShare: 0.24,
    pcpShare: 0.56,
  },
};

function mix(hue: Rgb, paper: Rgb, share: number): Rgb {
  const channel = (index: 0 | 1 | 2) => Math.round(hue[index] * share + paper[index] * (1 - share));
  return [channel(0), channel(1), channel(2)];
}

/** Colour of one frame state byte. The head bit does not change it. */
export function colourOf(state: number, theme: Theme): Rgb {
  const surface = kSurfaces[theme];
  const hue = kHues[theme][(state & kFrameTypeMask) >> kFrameTypeShift] ?? surface.before;
  switch (state & kFrameKindMask) {
    case kKindBefore:
      return surface.before;
    case kKindFree:
      return mix(hue, surface.paper, surface.freeShare);
    case kKindPcp:
      return mix(hue, surface.paper, surface.pcpShare);
    case kKindAllocated:
      return hue;
    default:
      return surface.hole;
  }
}

export function cssColour([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

/**
 * The palette as 256 packed pixels, in the byte order of ImageData (red first in memory), so that
 * drawing a frame is one table look-up.
 */
export function paletteTable(theme: Theme): Uint32Array {
  const bytes = new Uint8ClampedArray(256 * 4);
  for (let state = 0; state < 256; state += 1) {
    const [red, green, blue] = colourOf(state & ~kFrameHeadBit, theme);
    bytes.set([red, green, blue, 255], state * 4);
  }
  return new Uint32Array(bytes.buffer);
}

/** WCAG contrast ratio of two colours, 1..21. */
export function contrast(one: Rgb, two: Rgb): number {
  const [light, dark] = [luminance(one), luminance(two)].sort((a, b) => b - a);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

/** Colours of lines and text over the map; canvas cannot read the page's CSS tokens. */
export interface MapInk {
  readonly paper: string;
  readonly line: string;
  readonly lineOnStrong: string;
  readonly text: string;
  readonly strong: string;
  readonly onStrong: string;
  readonly select: string;
  readonly touched: string;
  readonly stolen: string;
  readonly font: string;
}

const kFont = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

export const kMapInk: Record<Theme, MapInk> = {
  light: {
    paper: '#ffffff',
    line: 'rgb(20 28 38 / 42%)',
    lineOnStrong: 'rgb(255 255 255 / 75%)',
    text: '#26323f',
    strong: '#141c26',
    onStrong: '#ffffff',
    select: '#b0127f',
    touched: '#141c26',
    stolen: '#b3261e',
    font: kFont,
  },
  dark: {
    paper: '#0d1116',
    line: 'rgb(232 238 245 / 40%)',
    lineOnStrong: 'rgb(7 18 29 / 75%)',
    text: '#dbe4ee',
    strong: '#e8eef5',
    onStrong: '#07121d',
    select: '#ff7fd2',
    touched: '#ffffff',
    stolen: '#ff8a80',
    font: kFont,
  },
};
