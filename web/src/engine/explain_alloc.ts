/** The sentence about an allocation: where its pages came from, or why there were none. */
import {stealText} from './explain_buddy.ts';
import {kFailureReasons, markName, watermarkFormula, watermarkPassed} from './explain_check.ts';
import {compactClause} from './explain_compact.ts';
import {block, capitalised, count, listed, theBlock, type Words} from './explain_words.ts';
import type {StepInfo} from './model.ts';
import type {
  AllocAttemptEvent,
  BuddyTakeEvent,
  PcpRefillEvent,
  PcpTakeEvent,
  TraceEvent,
  ZoneSkippedEvent,
} from './trace_events.gen.ts';

/** Events of one name, in order. */
export function eventsOf<Name extends TraceEvent['name']>(
  events: readonly TraceEvent[],
  name: Name,
): Extract<TraceEvent, {name: Name}>[] {
  return events.filter((event) => event.name === name) as Extract<TraceEvent, {name: Name}>[];
}

/** A zone that could not serve, and why, for one attempt. */
interface Refusal {
  readonly zone: number | null;
  readonly text: string;
}

/** The refusals of each attempt; a bulk request looks at watermarks without one. */
interface Attempt {
  readonly event: AllocAttemptEvent | null;
  readonly refusals: Refusal[];
  brokeUpAllowed: boolean;
}

/** A zone may have blocks that this attempt must leave alone: then the scan comes back later. */
function noBlockText(events: readonly TraceEvent[], skip: ZoneSkippedEvent): string {
  const before = eventsOf(events.slice(0, events.indexOf(skip)), 'fallback_none').at(-1);
  const spared = before && before.zone === skip.zone && before.min_order > before.order;
  return spared ? 'no block to give without breaking up a pageblock' : 'no block to give';
}

function attemptsOf(events: readonly TraceEvent[]): Attempt[] {
  const attempts: Attempt[] = [{event: null, refusals: [], brokeUpAllowed: false}];
  for (const event of events) {
    const current = attempts.at(-1)!;
    if (event.name === 'alloc_attempt') {
      attempts.push({event, refusals: [], brokeUpAllowed: false});
    } else if (event.name === 'watermark_check' && !watermarkPassed(event)) {
      const mark = current.event ? markName(current.event.alloc_flags) : 'low + pages asked for';
      current.refusals.push({zone: event.zone, text: watermarkFormula(event, mark)});
    } else if (event.name === 'zone_skipped') {
      if (event.reason === 'no_block') {
        current.refusals.push({zone: event.zone, text: noBlockText(events, event)});
      } else {
        current.brokeUpAllowed = true;
      }
    }
  }
  return attempts;
}

/** "zone Normal: free 388 ≤ low 1250", each zone once, with what it said last. */
function refusalText(refusals: readonly Refusal[], words: Words): string {
  const byZone = new Map(refusals.map(({zone, text}) => [zone, text]));
  return [...byZone].map(([zone, text]) => `${words.zone(zone)}: ${text}`).join('; ');
}

/** What had to happen before a zone could serve; null when the first look was enough. */
function leadClause(attempts: readonly Attempt[], servedBy: string, words: Words): string | null {
  const last = attempts.at(-1)!;
  const fast = attempts.find((attempt) => attempt.event?.stage === 0);
  if (last.event && last.event.stage > 0) {
    const why = fast && fast.refusals.length > 0 ? ` (${refusalText(fast.refusals, words)})` : '';
    const mark = markName(last.event.alloc_flags);
    const rights =
      (last.event.alloc_flags & 0x4) !== 0
        ? 'ignore the watermarks'
        : `go down to the ${mark} watermark`;
    return `the fast path refused${why}, but the slow path may ${rights}`;
  }
  if (last.brokeUpAllowed) {
    return 'no zone could serve it without breaking up a pageblock, so that was allowed';
  }
  if (last.refusals.length > 0) {
    return `${refusalText(last.refusals, words)}, so ${servedBy} served`;
  }
  return null;
}

/** Clauses about robbing other types, empty when no list was robbed. */
function stealClause(events: readonly TraceEvent[], words: Words): string | null {
  const found = eventsOf(events, 'fallback_found')[0];
  const steals = eventsOf(events, 'steal');
  const first = steals[0];
  if (!found || !first) return null;
  const wanted = words.type(found.start_migratetype);
  const before = events.indexOf(first);
  const some = events.slice(0, before).some((event) => event.name === 'buddy_take');
  const more = steals.length > 1 ? ` (and robbed ${count(steals.length - 1, 'more block')})` : '';
  const from = words.type(found.fallback_migratetype);
  return (
    `no ${some ? 'further ' : ''}${wanted} block was free: ` +
    `${stealText(first, from, words)}${more}`
  );
}

function splitOrders(take: BuddyTakeEvent): number[] {
  const orders = [];
  for (let order = take.from_order - 1; order >= take.order; order -= 1) orders.push(order);
  return orders;
}

/** ", splitting the order-5 block 0x…" for a refill, '' when nothing was split. */
function refillSplits(takes: readonly BuddyTakeEvent[]): string {
  const split = takes.filter((take) => take.from_order > take.order);
  if (split.length === 0) return '';
  if (split.length === 1) return `, splitting the ${block(split[0]!.from_order, split[0]!.pfn)}`;
  return `, splitting ${count(split.length, 'bigger block')}`;
}

function refillAmount(refill: PcpRefillEvent): string {
  return refill.order === 0
    ? count(refill.got_blocks, 'page')
    : count(refill.got_blocks, `order-${refill.order} block`);
}

function fromPcp(
  events: readonly TraceEvent[],
  takes: readonly PcpTakeEvent[],
  words: Words,
): string {
  const take = takes.at(-1)!;
  const list = `${words.pcpList(take.list)} list`;
  const left = `${count(take.count_after, 'page')} left`;
  const refills = eventsOf(events, 'pcp_refill').filter((refill) => refill.got_blocks > 0);
  const refill = refills[0];
  if (takes.length > 1) {
    const filled = refills.reduce((sum, one) => sum + one.got_blocks, 0);
    const times = refills.length === 1 ? 'once' : `${refills.length} times`;
    const how = refill ? `, refilling it ${times} with ${count(filled, 'page')}` : '';
    return `took ${takes.length} pages from the head of this CPU's ${list}${how} (${left})`;
  }
  const taken = theBlock(take.order, take.pfn);
  if (!refill) {
    return `took ${taken} from the head of this CPU's ${list}, because it was not empty (${left})`;
  }
  const steal = stealClause(events, words);
  if (steal) {
    return (
      `${steal}, refilled this CPU's empty ${list} with ${refillAmount(refill)} ` +
      `and took ${taken} from its head`
    );
  }
  const splits = refillSplits(eventsOf(events, 'buddy_take'));
  return (
    `this CPU's ${list} was empty, so the kernel refilled it with ${refillAmount(refill)} from ` +
    `the buddy lists${splits}, and took ${taken} from its head`
  );
}

function fromBuddy(events: readonly TraceEvent[], take: BuddyTakeEvent, words: Words): string {
  const type = words.type(take.migratetype);
  const steal = stealClause(events, words);
  const asked = eventsOf(events, 'alloc_attempt').at(-1)?.migratetype;
  const reserve = take.migratetype === 3 && asked !== 3;
  const taken = theBlock(take.from_order, take.pfn);
  const robbed = eventsOf(events, 'steal')[0];
  const same = robbed?.pfn === take.pfn && robbed.block_order === take.from_order;
  if (take.from_order === take.order) {
    if (steal) return `${steal}, and took ${same ? 'it' : taken}`;
    if (reserve) return `took ${taken} from the head of the HighAtomic reserve's list`;
    return `took ${taken} from the head of its ${type} list; nothing had to be split`;
  }
  const orders = splitOrders(take);
  const halves = orders.length === 1 ? 'its upper half' : 'the upper halves';
  const heads = orders.length === 1 ? 'the head of order' : 'the heads of orders';
  const split =
    `split ${steal && same ? 'it' : taken}: its lowest part was handed out, ` +
    `${halves} went to ${heads} ${listed(orders)}`;
  if (steal) return `${steal}, then ${split}`;
  const last = take.from_order - 1;
  const lists = reserve ? "the HighAtomic reserve's" : `the ${type}`;
  const several = last === take.order + 1 ? 'and' : 'to';
  const empty =
    last === take.order
      ? `${lists} list of order ${take.order} was`
      : `${lists} lists of orders ${take.order} ${several} ${last} were`;
  return `${empty} empty, so the kernel ${split}`;
}

/** What followed from the allocation. */
function tailClauses(events: readonly TraceEvent[]): string {
  let text = '';
  const trim = eventsOf(events, 'exact_trim').at(-1);
  if (trim && trim.returned_pages > 0) {
    text +=
      `; kept the ${count(trim.kept_pages, 'page')} asked for ` +
      `and gave the last ${trim.returned_pages} back one by one`;
  }
  const reserve = eventsOf(events, 'highatomic_reserve').at(-1);
  if (reserve) {
    text +=
      '; its pageblock joined the HighAtomic reserve ' +
      `(${reserve.reserved_after} of at most ${reserve.limit} pages)`;
  }
  const boosts = eventsOf(events, 'watermark_boost');
  const boost = boosts.at(-1);
  if (boost) {
    const after = events.slice(events.indexOf(boost));
    const woken = eventsOf(after, 'kswapd_wake').length > 0 ? ' and woke kswapd' : '';
    const raised =
      boosts[0]!.before < boost.after
        ? 'raised the watermark boost to'
        : 'kept the watermark boost at';
    text += `; the steal ${raised} ${count(boost.after, 'page')}${woken}`;
  }
  return text;
}

function failureSentence(events: readonly TraceEvent[], words: Words): string {
  const failed = eventsOf(events, 'alloc_failed').at(-1);
  const reason = failed ? kFailureReasons[failed.reason] : 'no zone could serve it';
  const refusals = refusalText(attemptsOf(events).at(-1)!.refusals, words);
  return `Returned NULL: ${reason}${refusals === '' ? '' : ` (${refusals})`}.`;
}

/** One sentence about an allocation. */
export function allocSentence(
  events: readonly TraceEvent[],
  info: Pick<StepInfo, 'call' | 'pfns' | 'pfnCount' | 'order'>,
  words: Words,
): string {
  const failed = eventsOf(events, 'alloc_failed').length > 0;
  if (failed || info.pfnCount === 0) return failureSentence(events, words);
  const pcpTakes = eventsOf(events, 'pcp_take');
  const buddyTake = eventsOf(events, 'buddy_take').at(-1);
  const [pfn] = info.pfns;
  let core = pfn === undefined ? info.call : `${info.call} gave ${theBlock(info.order, pfn)}`;
  if (pcpTakes.length > 0) core = fromPcp(events, pcpTakes, words);
  else if (buddyTake) core = fromBuddy(events, buddyTake, words);
  const served = pcpTakes.at(-1)?.zone ?? buddyTake?.zone ?? null;
  const lead = leadClause(attemptsOf(events), words.zone(served), words);
  const moved = compactClause(events);
  const leads = [...(lead === null ? [] : [lead]), ...(moved === null ? [] : [moved])];
  const text = leads.length === 0 ? core : `${leads.join('; ')}: ${core}`;
  return `${capitalised(text)}${tailClauses(events)}.`;
}
