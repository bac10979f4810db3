/** Hand-made events of typical calls, for the tests of the explanations. */
import type {ExplainStep, ExplainView} from '../../web/src/engine/explain.ts';
import type {ZoneView} from '../../web/src/engine/model.ts';
import {record} from './trace_records.ts';

const kZones = [
  {index: 0, node: 0, name: 'DMA32'},
  {index: 1, node: 0, name: 'Normal'},
] as unknown as readonly ZoneView[];

/** One node with two zones, as far as explanations look at it. */
export const kView: ExplainView = {
  migratetypes: ['Unmovable', 'Movable', 'Reclaimable', 'HighAtomic', 'Isolate'],
  pageblockOrder: 9,
  zones: kZones,
};

/** The step of an allocation that gave pages. */
export function allocStep(pfn: number, order = 0): ExplainStep {
  const call = `alloc_pages(GFP_KERNEL, ${order})`;
  return {call, op: 'alloc_pages', order, pfns: [pfn], pfnCount: 1};
}

export const kNullStep: ExplainStep = {
  call: 'alloc_pages(GFP_ATOMIC, 0)',
  op: 'alloc_pages',
  order: 0,
  pfns: [],
  pfnCount: 0,
};

export function freeStep(pfn: number, order = 0): ExplainStep {
  return {call: '__free_pages', op: '__free_pages', order, pfns: [pfn], pfnCount: 1};
}

type Numbers = Readonly<Record<string, number | string>>;

/** An attempt of GFP_KERNEL on the fast path, changed as asked. */
export function attempt(changes: Numbers = {}): number[] {
  const usual = {order: 0, stage: 0, gfp_flags: 0xcc0, alloc_flags: 0x801, migratetype: 0};
  return record(
    'alloc_attempt',
    {...usual, highest_zoneidx: 2, preferred_zone: 1, ...changes},
    {zone: null},
  );
}

export function watermark(changes: Numbers = {}, zone = 1): number[] {
  const usual = {order: 0, verdict: 'passed_fast', free: 30773, unusable: 0};
  return record(
    'watermark_check',
    {...usual, mark: 310, floor: 310, lowmem_reserve: 0, ...changes},
    {zone},
  );
}

export function pcpTake(pfn: number, changes: Numbers = {}): number[] {
  return record('pcp_take', {list: 0, pfn, order: 0, count_after: 12, ...changes}, {zone: 1});
}

export function buddyTake(pfn: number, order: number, from: number, type = 0): number[] {
  return record('buddy_take', {order, pfn, from_order: from, migratetype: type}, {zone: 1});
}

/** The halvings of a block, biggest first. */
export function splits(pfn: number, order: number, from: number, type = 0): number[][] {
  const records = [];
  for (let half = from - 1; half >= order; half -= 1) {
    const fields = {order: half, pfn: pfn + 2 ** half, migratetype: type, from_order: half + 1};
    records.push(record('buddy_split', fields, {zone: 1}));
  }
  return records;
}

export function allocated(pfn: number, order = 0): number[] {
  return record('mm_page_alloc', {order, pfn, gfp_flags: 0xcc0, migratetype: 0}, {zone: 1});
}

export function fallback(changes: Numbers = {}): number[] {
  const usual = {order: 0, found_order: 10, start_migratetype: 2, fallback_migratetype: 1};
  return record('fallback_found', {...usual, can_steal: 1, min_order: 0, ...changes}, {zone: 1});
}

export function steal(pfn: number, changes: Numbers = {}): number[] {
  const usual = {block_order: 10, pfn, old_block_type: 1, new_block_type: 2, free_pages: 1024};
  return record(
    'steal',
    {...usual, alike_pages: 0, claimed: 'claimed_pageblocks', ...changes},
    {zone: 1},
  );
}

export function freed(pfn: number, order = 0): number[] {
  return record('mm_page_free', {order, pfn}, {zone: 1});
}

export function pcpPut(pfn: number, changes: Numbers = {}): number[] {
  const usual = {list: 0, pfn, order: 0, migratetype: 0, count_after: 13};
  return record('pcp_put', {...usual, high: 310, free_factor: 0, ...changes}, {zone: 1});
}

export function flush(changes: Numbers = {}): number[] {
  const usual = {first_list: 0, pages_to_free: 7, count_before: 310, high: 310, batch: 63};
  return record(
    'pcp_flush',
    {...usual, free_factor: 0, reason: 'reached_high', ...changes},
    {zone: 1},
  );
}

/** One drained page that merges `merges` times. */
export function drained(pfn: number, merges = 0, order = 0): number[][] {
  return [...given(pfn, order, merges), drainedPoint(pfn, order)];
}

function drainedPoint(pfn: number, order: number): number[] {
  return record('mm_page_pcpu_drain', {order, pfn, migratetype: 0}, {zone: 1});
}

/** A block given back to the buddy lists: merges, why it stopped, where it was put. */
export function given(
  pfn: number,
  order: number,
  merges: number,
  changes: {place?: string; reason?: string; type?: number} = {},
): number[][] {
  const {place = 'head', reason = 'not_free', type = 0} = changes;
  const records: number[][] = [];
  let start = pfn;
  for (let at = order; at < order + merges; at += 1) {
    const buddy = start ^ (2 ** at);
    start &= buddy;
    const fields = {order: at, pfn: start, buddy_pfn: buddy, migratetype: type};
    records.push(record('buddy_merge', fields, {zone: 1}));
  }
  const last = order + merges;
  if (last < 10) {
    const buddy = start ^ (2 ** last);
    const stop = {order: last, pfn: start, buddy_pfn: buddy, reason, buddy_order: 1};
    records.push(record('buddy_merge_stop', stop, {zone: 1}));
  }
  const put = {order: last, pfn: start, migratetype: type, place};
  records.push(record('buddy_put', put, {zone: 1}));
  return records;
}
