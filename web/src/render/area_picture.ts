/** Where the pages of an area lie, as numbers to draw and words to say. No DOM here. */
import type {AreaView} from '../engine/model.ts';
import {pfnText, plural} from './format.ts';

/** Runs of frames that lie one behind the other, as [first frame, frames]. */
export function piecesOf(pfns: readonly number[]): readonly (readonly [number, number])[] {
  const pieces: [number, number][] = [];
  for (const pfn of pfns) {
    const last = pieces.at(-1);
    if (last && pfn === last[0] + last[1]) last[1] += 1;
    else pieces.push([pfn, 1]);
  }
  return pieces;
}

/** What the frames of an area look like from the side of the page allocator. */
export function framesText(area: AreaView): string {
  if (area.waits) return 'given back';
  if (area.kind === '') return 'not known';
  const pieces = piecesOf(area.pfns).length;
  return `${plural(area.mapped, 'frame')} in ${plural(pieces, 'piece')}`;
}

export interface AreaLine {
  readonly pfn: number;
  /** Middle of the page among the addresses and of the frame in memory, 0 to 1. */
  readonly above: number;
  readonly below: number;
}

export interface AreaPicture {
  readonly lines: readonly AreaLine[];
  /** Width of a page and of a frame, as a share of the whole. */
  readonly page: number;
  readonly frame: number;
  readonly first: string;
  readonly last: string;
}

/** The pages of an area over the stretch of memory that its frames lie in; null without frames. */
export function areaPicture({pages, pfns}: AreaView): AreaPicture | null {
  if (pfns.length === 0) return null;
  const low = Math.min(...pfns);
  const span = Math.max(...pfns) - low + 1;
  const [page, frame] = [1 / pages, 1 / span];
  return {
    lines: pfns.map((pfn, i) => ({pfn, above: (i + 0.5) * page, below: (pfn - low + 0.5) * frame})),
    page,
    frame,
    first: pfnText(low),
    last: pfnText(low + span - 1),
  };
}
