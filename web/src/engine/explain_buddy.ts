/** Steps about the buddy lists: take, split, merge, put, and robbing other types' lists. */
import type {DecisionStep} from './explain_types.ts';
import {block, capitalised, count, hex, pagesIn, typedBlock, type Words} from './explain_words.ts';
import type {
  BuddyMergeEvent,
  BuddyMergeStopEvent,
  BuddyPlace,
  BuddyPutEvent,
  BuddySplitEvent,
  BuddyTakeEvent,
  ExactTrimEvent,
  FallbackFoundEvent,
  FallbackNoneEvent,
  HighatomicReserveEvent,
  HighatomicUnreserveEvent,
  MergeStop,
  StealEvent,
  WatermarkBoostEvent,
} from './trace_events.gen.ts';
import {kNoPfn} from './trace_events.gen.ts';

const kPlaces: Readonly<Record<BuddyPlace, string>> = {
  head: 'head',
  tail_merge_likely: 'tail',
  tail_asked: 'tail',
};

const kPlaceReasons: Readonly<Record<BuddyPlace, string>> = {
  head: 'it is handed out first',
  tail_merge_likely: 'the next bigger buddy is free, so it is kept for a merge',
  tail_asked: 'the caller asked for the tail, to keep it together',
};

export function takeStep(event: BuddyTakeEvent, words: Words): DecisionStep {
  const type = words.type(event.migratetype);
  const exact = event.from_order === event.order;
  return {
    kind: 'take',
    title: `Took ${block(event.from_order, event.pfn)}`,
    detail: exact
      ? `head of the order-${event.order} ${type} list of ${words.zone(event.zone)}`
      : `order ${event.from_order} is the smallest non-empty ${type} list ` +
        `from order ${event.order} up`,
    kernel: '__rmqueue_smallest(), mm/page_alloc.c',
    pfn: event.pfn,
    order: event.from_order,
  };
}

export function splitStep(event: BuddySplitEvent, words: Words): DecisionStep {
  return {
    kind: 'split',
    title: `Split order ${event.from_order}`,
    detail:
      `upper half ${hex(event.pfn)} went to the head of the ` +
      `order-${event.order} ${words.type(event.migratetype)} list`,
    kernel: 'expand(), mm/page_alloc.c',
    pfn: event.pfn,
    order: event.order,
  };
}

export function mergeStep(event: BuddyMergeEvent): DecisionStep {
  return {
    kind: 'merge',
    title: `Merged to order ${event.order + 1}`,
    detail:
      `the order-${event.order} buddy ${hex(event.buddy_pfn)} was free, ` +
      `so both became the order-${event.order + 1} block ${hex(event.pfn)}`,
    kernel: '__free_one_page(), mm/page_alloc.c',
    pfn: event.pfn,
    order: event.order + 1,
  };
}

/** Why a block stayed as big as it is. */
export function mergeStopText(event: BuddyMergeStopEvent): string {
  const buddy = event.buddy_pfn === kNoPfn ? 'its buddy' : `its buddy ${hex(event.buddy_pfn)}`;
  const reasons: Readonly<Record<MergeStop, string>> = {
    max_order: 'blocks do not get bigger',
    not_free: `${buddy} is not free (in use, or on a per-CPU list)`,
    other_order: `${buddy} is split: only an order-${event.buddy_order} block is free there`,
    outside_zone: `${buddy} is outside the zone`,
    unmergeable: `${buddy} lies in a pageblock that must not mix with others`,
  };
  return reasons[event.reason];
}

export function mergeStopStep(event: BuddyMergeStopEvent): DecisionStep {
  return {
    kind: 'check',
    title: `No merge at order ${event.order}`,
    detail: mergeStopText(event),
    kernel: '__free_one_page(), mm/page_alloc.c',
    pfn: event.pfn,
    order: event.order,
  };
}

export function putStep(event: BuddyPutEvent, words: Words): DecisionStep {
  const list = `order-${event.order} ${words.type(event.migratetype)} list`;
  return {
    kind: 'put',
    title: `Put ${block(event.order, event.pfn)} on a free list`,
    detail: `${kPlaces[event.place]} of the ${list}: ${kPlaceReasons[event.place]}`,
    kernel: '__free_one_page(), mm/page_alloc.c',
    pfn: event.pfn,
    order: event.order,
  };
}

export function fallbackFoundStep(event: FallbackFoundEvent, words: Words): DecisionStep {
  const from = words.type(event.fallback_migratetype);
  return {
    kind: 'check',
    title: `No ${words.type(event.start_migratetype)} block: fall back to ${from}`,
    detail:
      `order ${event.found_order} has a ${from} block; ` +
      (event.can_steal === 1
        ? 'the free pages of its whole pageblock may be taken'
        : 'only this block may be taken'),
    kernel: 'find_suitable_fallback(), mm/page_alloc.c',
    numbers: [
      {label: 'order wanted', value: event.order},
      {label: 'order found', value: event.found_order},
      {label: 'smallest order allowed', value: event.min_order},
    ],
  };
}

export function fallbackNoneStep(event: FallbackNoneEvent, words: Words): DecisionStep {
  const limit =
    event.min_order > event.order
      ? ` (blocks under order ${event.min_order} would break up a pageblock)`
      : '';
  return {
    kind: 'fail',
    title: `No ${words.type(event.start_migratetype)} block and nothing to fall back to`,
    detail: `no other type has a block of order ${event.min_order} or more${limit}`,
    kernel: '__rmqueue_fallback(), mm/page_alloc.c',
    numbers: [
      {label: 'order wanted', value: event.order},
      {label: 'smallest order allowed', value: event.min_order},
    ],
  };
}

/** What stealing did, as a clause: "stole the order-10 Movable block 0x… and converted …". */
export function stealText(event: StealEvent, from: string, words: Words): string {
  const robbed = typedBlock(event.block_order, from, event.pfn);
  const half = pagesIn(words.pageblockOrder) / 2;
  const alike =
    event.alike_pages === 0
      ? count(event.free_pages, 'free page')
      : `${event.free_pages} free + ${count(event.alike_pages, 'alike page')}`;
  switch (event.claimed) {
    case 'moved_block':
      return `took over the ${robbed} alone`;
    case 'claimed_pageblocks': {
      const blocks = pagesIn(event.block_order - words.pageblockOrder);
      const converted = blocks === 1 ? 'its pageblock' : `its ${blocks} pageblocks`;
      return `stole the ${robbed} and converted ${converted}`;
    }
    case 'claimed_pageblock':
      return `stole the pageblock of the ${robbed} and converted it (${alike} ≥ ${half})`;
    case 'moved_free_pages':
      return (
        `took over the free pages around the ${robbed}, ` +
        `whose pageblock kept its type (${alike} < ${half})`
      );
  }
}

export function stealStep(event: StealEvent, from: string, words: Words): DecisionStep {
  return {
    kind: 'steal',
    title: `Steal from ${from}`,
    detail: stealText(event, from, words),
    kernel: 'steal_suitable_fallback(), mm/page_alloc.c',
    numbers: [
      {label: 'free pages moved', value: event.free_pages},
      {label: 'alike pages in use', value: event.alike_pages},
    ],
    pfn: event.pfn,
    order: event.block_order,
  };
}

export function boostStep(event: WatermarkBoostEvent, words: Words): DecisionStep {
  const zone = words.zone(event.zone);
  return {
    kind: 'note',
    title: 'Boosted the watermarks',
    detail:
      event.before < event.after
        ? `a pageblock is broken up: the boost of ${zone} rises from ${event.before} to ` +
          count(event.after, 'page')
        : `a pageblock is broken up: the boost of ${zone} stays at its most, ` +
          count(event.after, 'page'),
    kernel: 'boost_watermark(), mm/page_alloc.c',
    numbers: [
      {label: 'boost before', value: event.before},
      {label: 'boost after', value: event.after},
    ],
  };
}

function reserveNumbers(event: {reserved_before: number; reserved_after: number}) {
  return [
    {label: 'reserved before', value: event.reserved_before},
    {label: 'reserved after', value: event.reserved_after},
  ];
}

export function reserveStep(event: HighatomicReserveEvent): DecisionStep {
  return {
    kind: 'note',
    title: 'Pageblock joined the HighAtomic reserve',
    detail:
      `${count(event.reserved_after, 'page')} are reserved now; ` +
      `a zone stops at ${event.limit}`,
    kernel: 'reserve_highatomic_pageblock(), mm/page_alloc.c',
    numbers: [...reserveNumbers(event), {label: 'limit', value: event.limit}],
    pfn: event.pfn,
  };
}

export function unreserveStep(event: HighatomicUnreserveEvent, words: Words): DecisionStep {
  return {
    kind: 'note',
    title: 'Pageblock left the HighAtomic reserve',
    detail: `its free pages are ${words.type(event.migratetype)} now`,
    kernel: 'unreserve_highatomic_pageblock(), mm/page_alloc.c',
    numbers: reserveNumbers(event),
    pfn: event.pfn,
  };
}

export function trimStep(event: ExactTrimEvent): DecisionStep {
  return {
    kind: 'note',
    title: `Trimmed the ${block(event.order, event.pfn)}`,
    detail: capitalised(
      `${count(event.kept_pages, 'page')} were asked for, ` +
        `so the last ${event.returned_pages} went back one by one`,
    ),
    kernel: 'make_alloc_exact(), mm/page_alloc.c',
    numbers: [
      {label: 'kept', value: event.kept_pages},
      {label: 'returned', value: event.returned_pages},
    ],
    pfn: event.pfn,
    order: event.order,
  };
}
