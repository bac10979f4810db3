/** The sentence about a free or a drain: where the pages went, or why they were refused. */
import {eventsOf} from './explain_alloc.ts';
import {mergeStopText} from './explain_buddy.ts';
import {badPageText} from './explain_check.ts';
import {block, count, hex, theBlock, type Words} from './explain_words.ts';
import type {StepInfo} from './model.ts';
import type {BadPageEvent, PcpFlushEvent, PcpPutEvent, TraceEvent} from './trace_events.gen.ts';

/** "63 pages went back to the buddy lists and 14 merges followed" */
function flushed(pages: number, events: readonly TraceEvent[]): string {
  const merges = eventsOf(events, 'buddy_merge').length;
  const followed = merges === 0 ? 'nothing merged' : `${count(merges, 'merge')} followed`;
  return `${count(pages, 'page')} went back to the buddy lists and ${followed}`;
}

/** Pages that really went back: a list may be shorter than what was planned. */
function drainedPages(events: readonly TraceEvent[]): number {
  return eventsOf(events, 'mm_page_pcpu_drain').reduce((sum, one) => sum + 2 ** one.order, 0);
}

function flushSentence(events: readonly TraceEvent[], flush: PcpFlushEvent, freed: string): string {
  const went = flushed(drainedPages(events), events);
  if (flush.reason === 'high_order_free') {
    return (
      `Freed ${freed} to the per-CPU list; freeing a block of order 1 to 3 in a run of frees ` +
      `empties the lists, so ${went}.`
    );
  }
  return `Freed ${freed} to the per-CPU list; its count reached high (${flush.high}), so ${went}.`;
}

function pcpSentence(put: PcpPutEvent, freed: string, words: Words): string {
  const high = put.high === 0 ? '' : `, fewer than high ${put.high}`;
  return (
    `Freed ${freed} to the head of this CPU's ${words.pcpList(put.list)} list, where it is ` +
    `taken first (the CPU now holds ${count(put.count_after, 'page')}${high}).`
  );
}

function buddySentence(events: readonly TraceEvent[], freed: string, words: Words): string {
  const put = eventsOf(events, 'buddy_put').at(-1);
  const merges = eventsOf(events, 'buddy_merge').length;
  const stop = eventsOf(events, 'buddy_merge_stop').at(-1);
  if (!put) return `Freed ${freed}.`;
  const why = stop ? mergeStopText(stop) : 'blocks do not get bigger';
  const end = put.place === 'head' ? 'head' : 'tail';
  const list = `${end} of the order-${put.order} ${words.type(put.migratetype)} list`;
  if (merges === 0) return `Freed ${freed} to the ${list}; it did not merge: ${why}.`;
  const times = merges === 1 ? 'once' : `${merges} times`;
  return (
    `Freed ${freed}, which merged ${times} with its free buddy into the ` +
    `${block(put.order, put.pfn)}, now at the ${list}; there it stopped: ${why}.`
  );
}

function severalSentence(events: readonly TraceEvent[], first: number): string {
  const frees = eventsOf(events, 'mm_page_free');
  const pages = frees.reduce((sum, free) => sum + 2 ** free.order, 0);
  const onPcp = eventsOf(events, 'pcp_put').length;
  const others = frees.length - onPcp;
  let where = `${onPcp} went to the per-CPU lists, ${others} to the buddy lists`;
  if (others === 0) where = 'all went to the per-CPU lists';
  if (onPcp === 0) where = 'all went to the buddy lists';
  const how = pages === frees.length ? 'one by one' : `in ${count(frees.length, 'piece')}`;
  const flushes = eventsOf(events, 'pcp_flush').length;
  const back =
    flushes > 0 ? `; the count reached high, so ${flushed(drainedPages(events), events)}` : '';
  return `Freed ${count(pages, 'page')} from ${hex(first)} ${how}: ${where}${back}.`;
}

/** @param done what the call would have done to the block. */
export function badPageSentence(event: BadPageEvent, done: 'freed' | 'touched'): string {
  return (
    `"BUG: Bad page state": ${theBlock(event.order, event.pfn)} was not ${done}, because ` +
    `${badPageText(event)}; nothing changed.`
  );
}

/** One sentence about a free. */
export function freeSentence(
  events: readonly TraceEvent[],
  info: Pick<StepInfo, 'call' | 'order' | 'pfns'>,
  words: Words,
): string {
  const bad = eventsOf(events, 'bad_page')[0];
  if (bad) return badPageSentence(bad, 'freed');
  const frees = eventsOf(events, 'mm_page_free');
  const [free] = frees;
  if (!free) {
    const [pfn] = info.pfns;
    if (pfn === undefined) return 'Nothing to free: the allocation had returned NULL.';
    return `Dropped one reference to ${theBlock(info.order, pfn)}; somebody else still holds it.`;
  }
  if (frees.length > 1) return severalSentence(events, Math.min(...frees.map((one) => one.pfn)));
  const freed = theBlock(free.order, free.pfn);
  const put = eventsOf(events, 'pcp_put')[0];
  const flush = eventsOf(events, 'pcp_flush')[0];
  if (flush) return flushSentence(events, flush, freed);
  if (put) return pcpSentence(put, freed, words);
  return buddySentence(events, freed, words);
}

/** One sentence about drain_local_pages(). */
export function drainSentence(events: readonly TraceEvent[], words: Words): string {
  const flushes = eventsOf(events, 'pcp_flush');
  if (flushes.length === 0) return "This CPU's lists were empty: nothing to drain.";
  const zones = flushes.map((flush) => words.zone(flush.zone)).join(' and ');
  return `Emptied this CPU's lists of ${zones}: ${flushed(drainedPages(events), events)}.`;
}
