/** Steps about checks and refusals: attempts, watermarks, zones left out, failures. */
import type {DecisionNumber, DecisionStep, ZoneCheck} from './explain_types.ts';
import {block, listed, type Words} from './explain_words.ts';
import {formatGfp} from './gfp.ts';
import type {
  AllocAttemptEvent,
  AllocFailedEvent,
  AllocFailure,
  BadPage,
  BadPageEvent,
  DirectReclaimWantedEvent,
  KswapdWakeEvent,
  TraceEvent,
  WatermarkCheckEvent,
  ZoneSkip,
  ZoneSkippedEvent,
} from './trace_events.gen.ts';

/** ALLOC_* bits above the watermark index, mm/internal.h of 6.1.192, in plain words. */
const kAllocFlags: readonly (readonly [number, string])[] = [
  [0x4, 'watermarks are ignored'],
  [0x8, 'it is an OOM victim'],
  [0x10, 'it cannot wait'],
  [0x20, 'half of the min reserve is open to it'],
  [0x200, 'the HighAtomic reserve is open to it'],
  [0x100, 'pageblocks may not be broken up'],
  [0x800, 'kswapd may be woken'],
];

/** The watermark that an attempt must keep: index in the low two bits of alloc_flags. */
export function markName(allocFlags: number): string {
  return ['min', 'low', 'high', 'promo'][allocFlags & 3]!;
}

const kSkipReasons: Readonly<Record<ZoneSkip, string>> = {
  nofragment_remote:
    'better break up a pageblock near by than use another node: the scan starts again and may',
  no_block: 'its watermark passed, but it had no block to give',
  nofragment_retry:
    'no zone could serve it without breaking up a pageblock: once more, allowing it',
};

/** Why NULL was returned, as a clause. */
export const kFailureReasons: Readonly<Record<AllocFailure, string>> = {
  order_too_big: 'orders above 10 do not exist',
  no_zone: 'the node has no zone that may serve it',
  cannot_wait: 'every zone refused, and the caller may not sleep',
  no_reclaim_yet:
    'every zone refused, compaction did not help, and this version has nothing to reclaim yet',
};

const kBadPageReasons: Readonly<Record<BadPage, string>> = {
  not_allocated: 'it is not the first page of an allocated block',
  wrong_order: 'it was handed out with another order',
  not_ours: 'it has been in use since before the timeline, by an owner that is not known',
  slab: 'it belongs to a slab of the object allocator',
};

export function attemptStep(event: AllocAttemptEvent, words: Words): DecisionStep {
  const flags = kAllocFlags.filter(([bit]) => (event.alloc_flags & bit) !== 0);
  const rights = flags.length === 0 ? '' : `; ${listed(flags.map(([, text]) => text))}`;
  const wanted = `order ${event.order} ${words.type(event.migratetype)}`;
  const zones = `zones up to ${words.zoneType(event.highest_zoneidx)}`;
  return {
    kind: 'check',
    title: event.stage === 0 ? 'Fast path' : `Slow path, try ${event.stage}`,
    detail:
      `${wanted} from ${zones}; ` +
      `a zone must stay above its ${markName(event.alloc_flags)} watermark${rights}`,
    kernel: 'get_page_from_freelist(), mm/page_alloc.c',
    numbers: [
      {label: 'order (log2 of pages)', value: event.order},
      {label: 'gfp_flags', value: event.gfp_flags},
      {label: 'alloc_flags', value: event.alloc_flags},
    ],
  };
}

/** "free 900 - 512 unusable = 388": what counts as free for this request. */
function usableText(event: WatermarkCheckEvent): string {
  if (event.unusable === 0) return `free ${event.free}`;
  return `free ${event.free} - ${event.unusable} unusable = ${event.free - event.unusable}`;
}

/** "low 1250 + reserve 100", "min 375 (reduced from 1000)". */
function floorText(event: WatermarkCheckEvent, mark: string): string {
  const reduced = event.floor === event.mark ? '' : ` (reduced from ${event.mark})`;
  const reserve = event.lowmem_reserve === 0 ? '' : ` + reserve ${event.lowmem_reserve}`;
  return `${mark} ${event.floor}${reduced}${reserve}`;
}

/** The comparison as the kernel made it, e.g. "free 388 ≤ low 1250 + reserve 100". */
export function watermarkFormula(event: WatermarkCheckEvent, mark: string): string {
  const usable = usableText(event);
  const floor = floorText(event, mark);
  switch (event.verdict) {
    case 'passed_fast':
    case 'passed':
      return `${usable} > ${floor}`;
    case 'passed_unboosted':
      return `${usable} ≤ ${floor}, but without the boost it is enough`;
    case 'too_few_pages':
      return `${usable} ≤ ${floor}`;
    case 'no_block':
      return `${usable} > ${floor}, but no block of order ${event.order} or more is free for it`;
  }
}

export function watermarkPassed(event: WatermarkCheckEvent): boolean {
  return event.verdict !== 'too_few_pages' && event.verdict !== 'no_block';
}

/** The last check of each zone, for the gauges. */
export function zoneChecks(events: readonly TraceEvent[]): readonly ZoneCheck[] {
  const byZone = new Map<number, ZoneCheck>();
  let mark = 'low';
  for (const event of events) {
    if (event.name === 'alloc_attempt') mark = markName(event.alloc_flags);
    if (event.name !== 'watermark_check' || event.zone === null) continue;
    byZone.set(event.zone, {
      zone: event.zone,
      passed: watermarkPassed(event),
      text: watermarkFormula(event, mark),
      needs: event.floor + event.lowmem_reserve + event.unusable,
    });
  }
  return [...byZone.values()];
}

export function watermarkStep(
  event: WatermarkCheckEvent,
  mark: string,
  words: Words,
): DecisionStep {
  const numbers: DecisionNumber[] = [
    {label: 'free', value: event.free},
    {label: 'unusable', value: event.unusable},
    {label: `${mark} watermark`, value: event.mark},
    {label: `${mark} watermark, reduced`, value: event.floor},
    {label: 'lowmem_reserve', value: event.lowmem_reserve},
  ];
  const passed = watermarkPassed(event);
  return {
    kind: passed ? 'check' : 'fail',
    title: `Watermark of ${words.zone(event.zone)}: ${passed ? 'passed' : 'refused'}`,
    detail: watermarkFormula(event, mark),
    kernel: 'zone_watermark_fast(), mm/page_alloc.c',
    numbers,
  };
}

export function skippedStep(event: ZoneSkippedEvent, words: Words): DecisionStep {
  const restart = event.reason !== 'no_block';
  return {
    kind: restart ? 'check' : 'fail',
    title: restart ? 'Start over' : `Nothing in ${words.zone(event.zone)}`,
    detail: kSkipReasons[event.reason],
    kernel: 'get_page_from_freelist(), mm/page_alloc.c',
  };
}

export function kswapdStep(event: KswapdWakeEvent, words: Words): DecisionStep {
  const where = event.zone === null ? '' : ` for ${words.zone(event.zone)}`;
  return {
    kind: 'note',
    title: 'Woke kswapd',
    detail: `background reclaim was asked${where} to make room for order ${event.order}`,
    kernel: 'wakeup_kswapd(), mm/vmscan.c',
  };
}

export function reclaimStep(event: DirectReclaimWantedEvent): DecisionStep {
  return {
    kind: 'note',
    title: 'Direct reclaim wanted',
    detail:
      `order ${event.order} with ${formatGfp(event.gfp_flags, '0')} may sleep and would now ` +
      'reclaim memory itself; this version has nothing to reclaim yet',
    kernel: '__alloc_pages_direct_reclaim(), mm/page_alloc.c',
  };
}

export function failedStep(event: AllocFailedEvent): DecisionStep {
  return {
    kind: 'fail',
    title: 'NULL was returned',
    detail: kFailureReasons[event.reason],
    kernel: '__alloc_pages_slowpath(), mm/page_alloc.c',
    numbers: [{label: 'order (log2 of pages)', value: event.order}],
  };
}

/** Why the free path refused a page, with the orders when they differ. */
export function badPageText(event: BadPageEvent): string {
  if (event.reason === 'wrong_order') {
    return `it was handed out with order ${event.expected_order}, not ${event.order}`;
  }
  return kBadPageReasons[event.reason];
}

export function badPageStep(event: BadPageEvent): DecisionStep {
  return {
    kind: 'fail',
    title: 'BUG: Bad page state',
    detail: `${block(event.order, event.pfn)}: ${badPageText(event)}; it is left as it was`,
    kernel: 'bad_page(), mm/page_alloc.c',
    numbers: [{label: 'references', value: event.refcount}],
    pfn: event.pfn,
    order: event.order,
  };
}
