/** Steps of the path that compaction and the threads behind it take. */
import type {DecisionStep} from './explain_types.ts';
import {block, count, hex, theBlock, type Words} from './explain_words.ts';
import type {
  CompactBeginEvent,
  CompactEndEvent,
  CompactResult,
  CompactScanSourceEvent,
  CompactSuitableEvent,
  TraceEvent,
} from './trace_events.gen.ts';

/** How a run ended, as a clause. */
const kResults: Readonly<Record<CompactResult, string>> = {
  not_suitable_zone: 'too little of the free memory is scattered',
  skipped: 'memory lacks, not order: it could not help',
  deferred: 'it failed too often lately, so this request passes the zone by',
  no_suitable_page: 'no block is there yet',
  go_on: 'it is worth trying',
  complete: 'the scanners met, and between them lay the whole zone',
  partial_skipped: 'the scanners met, but they had not started at the ends of the zone',
  contended: 'there was no free page left for a page that had to move',
  success: 'a block is there',
};

function range(start: number, end: number): string {
  return `page frames ${hex(start)} to ${hex(end - 1)}`;
}

function suitableStep(event: CompactSuitableEvent, words: Words): DecisionStep {
  const index = event.extfrag_index;
  const looked = event.result === 'go_on' || (event.result === 'skipped' && index !== 0);
  const fragmentation =
    looked && event.order > 3 ? `; fragmentation index ${index}, threshold ${event.threshold}` : '';
  return {
    kind: 'check',
    title: 'Would compaction help?',
    detail:
      `${words.zone(event.zone)}: ${kResults[event.result]} (free ${event.free}, ` +
      `needs more than ${event.work_mark} to work with${fragmentation})`,
    kernel: 'compaction_suitable(), mm/compaction.c',
    numbers: [
      {label: 'free', value: event.free},
      {label: 'own mark', value: event.own_mark},
      {label: 'mark to work above', value: event.work_mark},
      {label: 'fragmentation index (1/1000)', value: index},
      {label: 'threshold (1/1000)', value: event.threshold},
    ],
  };
}

function beginStep(event: CompactBeginEvent, words: Words): DecisionStep {
  const mode = event.async === 1 ? 'quick (async)' : 'thorough (sync)';
  const who = event.direct === 1 ? 'for this request' : 'in the background';
  return {
    kind: 'note',
    title: 'Compaction starts',
    detail:
      `${mode}, ${who}: pages in use are taken from ${hex(event.migrate_pfn)} upwards, free ones ` +
      `from ${hex(event.free_pfn)} downwards, in ${words.zone(event.zone)}`,
    kernel: 'compact_zone(), mm/compaction.c',
  };
}

function scanStep(event: CompactScanSourceEvent): DecisionStep {
  const found =
    event.skipped === 1
      ? 'left alone: its skip hint says that a run was here lately'
      : `${count(event.scanned, 'look')}, ${count(event.isolated, 'page')} to be moved`;
  return {
    kind: 'check',
    title: 'Migrate scanner',
    detail: `${range(event.start_pfn, event.end_pfn)}: ${found}`,
    kernel: 'isolate_migratepages_block(), mm/compaction.c',
  };
}

function endStep(event: CompactEndEvent): DecisionStep {
  return {
    kind: event.result === 'success' ? 'note' : 'fail',
    title: 'Compaction ends',
    detail: `${kResults[event.result]}; ${count(event.moved, 'page')} moved`,
    kernel: 'compact_finished(), mm/compaction.c',
    numbers: [
      {label: 'pages moved', value: event.moved},
      {label: 'looks of the migrate scanner', value: event.migrate_scanned},
      {label: 'looks of the free scanner', value: event.free_scanned},
    ],
  };
}

/** Events of compaction and of kswapd at work. */
export type CompactionEvent = Extract<TraceEvent, {name: `compact_${string}` | 'kswapd_run'}>;

export function isCompaction(event: TraceEvent): event is CompactionEvent {
  return event.name.startsWith('compact_') || event.name === 'kswapd_run';
}

function note(title: string, detail: string, kernel: string): DecisionStep {
  return {kind: 'note', title, detail, kernel: `${kernel}, mm/compaction.c`};
}

type PageEvent = Extract<
  CompactionEvent,
  {name: 'compact_take_free' | 'compact_move' | 'compact_capture'}
>;

/** Steps about one block or page. */
function pageStep(event: PageEvent): DecisionStep {
  switch (event.name) {
    case 'compact_take_free':
      return {
        ...note(
          'Took targets',
          `${theBlock(event.order, event.pfn)} left its free list: ` +
            `${count(event.free_pages, 'target')} for ${count(event.migrate_pages, 'page')}`,
          'isolate_freepages()',
        ),
        kind: 'take',
        pfn: event.pfn,
        order: event.order,
      };
    case 'compact_move':
      return {
        ...note('Moved a page', `${hex(event.pfn)} to ${hex(event.to_pfn)}`, 'compaction_alloc()'),
        pfn: event.to_pfn,
        order: 0,
      };
    case 'compact_capture':
      return {
        ...note(
          'Caught the block',
          `${theBlock(event.order, event.pfn)} became free and never reached a list`,
          'compaction_capture()',
        ),
        kind: 'take',
        pfn: event.pfn,
        order: event.order,
      };
  }
}

export function compactStep(event: CompactionEvent, words: Words): DecisionStep {
  switch (event.name) {
    case 'compact_suitable':
      return suitableStep(event, words);
    case 'compact_begin':
      return beginStep(event, words);
    case 'compact_scan_source':
      return scanStep(event);
    case 'compact_end':
      return endStep(event);
    case 'compact_deferral':
      return note(
        event.deferred === 1 ? 'Compaction deferred' : 'Compaction not deferred',
        `request ${event.considered} of ${event.limit} since a failure of order ` +
          `${event.order_failed}`,
        'compaction_deferred()',
      );
    case 'compact_defer':
      return note(
        'Deferral of compaction',
        `orders from ${event.order_failed} on: one request of ${2 ** event.defer_shift} is tried`,
        'defer_compaction()',
      );
    case 'compact_fast_block':
      return note(
        'Pageblock from the free lists',
        `${theBlock(event.order, event.pfn)} is free, so its pageblock needs fewer moves`,
        'fast_find_migrateblock()',
      );
    case 'compact_fast_free':
      return note(
        'Targets from the free lists',
        event.free_pages > 0
          ? `found ${block(0, event.pfn)} after ${count(event.scanned, 'look')}`
          : `no free block at or above ${hex(event.min_pfn)}`,
        'fast_isolate_freepages()',
      );
    case 'compact_scan_target':
      return note(
        'Free scanner',
        `${range(event.start_pfn, event.end_pfn)}: took ${count(event.taken, 'page')}`,
        'isolate_freepages_block()',
      );
    case 'compact_reset_hints':
      return note(
        'Skip hints cleared',
        'kswapd goes to sleep; pageblocks that look useful again may be visited again',
        'reset_isolation_suitable()',
      );
    case 'kswapd_run':
      return {
        kind: 'note',
        title: 'kswapd ran',
        detail:
          `nothing to reclaim; it gave up the watermark boost of ${count(event.boost, 'page')} ` +
          `of ${words.zone(event.zone)}`,
        kernel: 'balance_pgdat(), mm/vmscan.c',
      };
    default:
      return pageStep(event);
  }
}

/** What compaction did for a call, as a clause; null when it moved nothing. */
export function compactClause(events: readonly TraceEvent[]): string | null {
  const moves = events.filter((event) => event.name === 'compact_move').length;
  return moves === 0 ? null : `compaction moved ${count(moves, 'page')} out of the way`;
}
