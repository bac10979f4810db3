/** From the store's state to what each view is given. */
import type {Moment} from '../engine/protocol.ts';
import type {StoreState} from '../page/store.ts';
import {plural} from '../render/format.ts';
import type {Block} from '../render/frame_map.ts';
import {countFrames, describeFrames, type FrameCounts} from '../render/frame_text.ts';
import {orderOfList} from '../render/lists.ts';
import type {Theme} from '../render/palette.ts';
import type {BlockListModel} from './block_list_element.ts';
import type {BuddyModel} from './buddy_element.ts';
import type {DetailsModel} from './details_element.ts';
import type {FrameMapElementModel} from './frame_map_element.ts';
import type {LegendModel} from './legend_element.ts';
import type {TimelineModel} from './timeline_element.ts';

/** Changes of counts are marked only when a person can follow them. */
const kFollowableSpeed = 4;

export interface Models {
  readonly map: FrameMapElementModel;
  readonly legend: LegendModel;
  readonly tables: BuddyModel;
  readonly list: BlockListModel | null;
  readonly details: DetailsModel | null;
  readonly timeline: TimelineModel;
}

const kCounts = new WeakMap<Uint8Array, FrameCounts>();

function countsOf(frames: Uint8Array): FrameCounts {
  const known = kCounts.get(frames);
  if (known) return known;
  const counts = countFrames(frames);
  kCounts.set(frames, counts);
  return counts;
}

/** All models of one moment. */
export function modelsOf(state: StoreState, moment: Moment, theme: Theme): Models {
  const {view} = moment;
  const info = moment.block?.info ?? null;
  const selected = state.selection !== null && info ? info : null;
  const list = state.list !== null && moment.list ? moment.list : null;
  const counts = countsOf(moment.frames);
  const markChanges = !state.playing || state.speed <= kFollowableSpeed;
  const listed = list ? [...list.pfns.subarray(0, 2000)] : [];
  return {
    map: {
      view,
      frames: moment.frames,
      theme,
      description: describeFrames(counts),
      selected: selected ? {pfn: selected.pfn, order: blockOrder(selected)} : null,
      touched: touchedBlocks(moment),
      touchedText: touchedText(moment),
      listed: list ? listed.map((pfn) => ({pfn, order: orderOfList(list.key)})) : [],
    },
    legend: {counts, theme},
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

function touchedText(moment: Moment): string {
  const {step} = moment;
  if (!step || step.pfns.length === 0) return '';
  const freed = /free_/.test(step.call) && !step.call.startsWith('__get');
  return `${freed ? 'freed' : 'allocated'} ${plural(step.pfnCount > 1 ? step.pfnCount : 2 ** step.order, 'page')}`;
}
