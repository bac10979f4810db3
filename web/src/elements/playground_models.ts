/** From the store's state to what each view is given. */
import type {Moment} from '../engine/protocol.ts';
import type {StoreState} from '../page/store.ts';
import {plural} from '../render/format.ts';
import {kTileFrames} from '../render/frame_layout.ts';
import {describeFrames} from '../render/frame_text.ts';
import {orderOfList} from '../render/lists.ts';
import type {Block} from '../render/map_view.ts';
import {kKindFree, type Theme} from '../render/palette.ts';
import type {BlockListModel} from './block_list_element.ts';
import type {BuddyModel} from './buddy_element.ts';
import type {DetailsModel} from './details_element.ts';
import type {FrameMapElementModel} from './frame_map_element.ts';
import type {LegendModel} from './legend_element.ts';
import type {LensModel} from './lens_element.ts';
import type {TimelineModel} from './timeline_element.ts';
import type {ZonesModel} from './zones_element.ts';

/** Changes of counts are marked only when a person can follow them. */
const kFollowableSpeed = 4;

export interface Models {
  readonly map: FrameMapElementModel;
  readonly lens: LensModel;
  readonly legend: LegendModel;
  readonly zones: ZonesModel;
  readonly tables: BuddyModel;
  readonly list: BlockListModel | null;
  readonly details: DetailsModel | null;
  readonly timeline: TimelineModel;
}

/** All models of one moment. */
export function modelsOf(state: StoreState, moment: Moment, theme: Theme, closeUp: number): Models {
  const {view} = moment;
  const info = moment.block?.info ?? null;
  const selected = state.selection !== null && info ? info : null;
  const list = state.list !== null && moment.list ? moment.list : null;
  const markChanges = !state.playing || state.speed <= kFollowableSpeed;
  const listed = list ? [...list.pfns.subarray(0, 2000)] : [];
  const marks = {
    selected: selected ? {pfn: selected.pfn, order: blockOrder(selected)} : null,
    touched: touchedBlocks(moment),
    stolen: stolenBlocks(moment),
    listed: list ? listed.map((pfn) => ({pfn, order: orderOfList(list.key, view)})) : [],
  };
  const {frames, counts} = moment;
  return {
    map: {
      view,
      frames,
      theme,
      description: describeFrames(counts),
      ...marks,
      touchedText: touchedText(moment),
      lens: closeUp,
    },
    lens: {
      view,
      frames,
      theme,
      marks: {...marks, touchedText: '', cursor: null, lens: null},
      startPfn: closeUp,
    },
    legend: {counts, migratetypes: view.migratetypes, stole: marks.stolen.length > 0, theme},
    zones: {view, checks: moment.story?.checks ?? []},
    tables: {view, open: state.list, selected, markChanges, theme},
    list: list ? {view, key: list.key, pfns: list.pfns, selected: selected?.pfn ?? null} : null,
    details: selected
      ? {
          view,
          block: moment.block,
          held: moment.held.find((held) => held.pfn === selected.pfn) ?? null,
        }
      : null,
    timeline: {
      step: view.step,
      length: view.length,
      dumps: moment.fork
        ? state.shape.dumps.filter((dump) => dump <= view.length)
        : state.shape.dumps,
      heldPages: moment.fork ? [] : state.shape.heldPages,
      theme,
      playing: state.playing,
      speed: state.speed,
      call: moment.step?.call ?? '',
    },
  };
}

/**
 * First frame of the 4 MiB that the close-up shows: around what the person selected or what the
 * last call touched, whichever is newer; at the start where blocks are already split.
 */
export function closeUpOf(
  moment: Moment,
  selection: number | null,
  preferSelection: boolean,
): number {
  const [touched] = moment.step?.pfns ?? [];
  const pfn = (preferSelection ? selection : null) ?? touched ?? selection ?? firstSplit(moment);
  return Math.floor(pfn / kTileFrames) * kTileFrames;
}

function firstSplit(moment: Moment): number {
  const {frames, view} = moment;
  for (const section of view.sections) {
    const first = frames[section.firstFrame] ?? 0;
    for (let frame = 0; frame < section.frames; frame += 1) {
      const state = frames[section.firstFrame + frame] ?? 0;
      if ((state & 0x0f) === kKindFree && (first & 0x0f) !== kKindFree)
        return section.startPfn + frame;
    }
  }
  return view.sections[0]?.startPfn ?? 0;
}

function blockOrder(info: {readonly state: string; readonly order: number}): number {
  return info.state === 'before' || info.state === 'hole' ? 0 : info.order;
}

function touchedBlocks(moment: Moment): readonly Block[] {
  const {step} = moment;
  if (!step) return [];
  // Bulk and exact calls hand out single pages, whatever order they asked for.
  const order = step.pfnCount > 1 ? 0 : step.order;
  return step.pfns.map((pfn) => ({pfn, order}));
}

/** What the path of the step stole; a group of alike steps holds them as children. */
function stolenBlocks(moment: Moment): readonly Block[] {
  const steps = (moment.story?.path ?? []).flatMap((step) => [step, ...(step.children ?? [])]);
  return steps.flatMap(({kind, pfn, order}) =>
    kind === 'steal' && pfn !== undefined && order !== undefined ? [{pfn, order}] : [],
  );
}

function touchedText(moment: Moment): string {
  const {step} = moment;
  if (!step || step.pfns.length === 0) return '';
  const freed = /free_/.test(step.call) && !step.call.startsWith('__get');
  const pages = step.pfnCount > 1 ? step.pfnCount : 2 ** step.order;
  return `${freed ? 'freed' : 'allocated'} ${plural(pages, 'page')}`;
}
