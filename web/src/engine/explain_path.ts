/** The path of a call: one step for each event, long runs of alike ones folded into groups. */
import * as buddy from './explain_buddy.ts';
import * as check from './explain_check.ts';
import {compactStep, isCompaction} from './explain_compact.ts';
import {dmaStep, isDma} from './explain_dma.ts';
import {familyStep, isFamily} from './explain_family.ts';
import {isMempool, mempoolStep} from './explain_mempool.ts';
import * as pcp from './explain_pcp.ts';
import {isSlab, slabStep} from './explain_slab.ts';
import {isSlub, slubStep} from './explain_slub.ts';
import type {DecisionStep} from './explain_types.ts';
import {isVmalloc, vmallocStep} from './explain_vmalloc.ts';
import {block, capitalised, count, hex, pagesIn, type Words} from './explain_words.ts';
import type {TraceEvent} from './trace_events.gen.ts';

/** As many alike units in a row are folded. */
const kFoldFrom = 4;

/** Label of the mark in a check that belongs to no attempt: the bulk API adds what it wants. */
const kBulkMark = 'low watermark + pages asked for';

/** What earlier events of the call said about later ones. */
interface Memory {
  mark: string;
  robbedType: string;
}

function stepOf(event: TraceEvent, words: Words, memory: Memory): DecisionStep {
  if (pcp.isTracepoint(event)) return pcp.tracepointStep(event);
  if (isCompaction(event)) return compactStep(event, words);
  if (isFamily(event)) return familyStep(event);
  if (isMempool(event)) return mempoolStep(event);
  if (isSlub(event)) return slubStep(event);
  if (isSlab(event)) return slabStep(event);
  if (isDma(event)) return dmaStep(event);
  if (isVmalloc(event)) return vmallocStep(event);
  switch (event.name) {
    case 'alloc_attempt':
      memory.mark = check.markName(event.alloc_flags);
      return check.attemptStep(event, words);
    case 'watermark_check':
      return check.watermarkStep(event, memory.mark, words);
    case 'zone_skipped':
      return check.skippedStep(event, words);
    case 'pcp_take':
      return pcp.pcpTakeStep(event, words);
    case 'pcp_refill':
      return pcp.pcpRefillStep(event, words);
    case 'pcp_put':
      return pcp.pcpPutStep(event, words);
    case 'pcp_flush':
      return pcp.pcpFlushStep(event, words);
    case 'buddy_take':
      return buddy.takeStep(event, words);
    case 'buddy_split':
      return buddy.splitStep(event, words);
    case 'buddy_merge':
      return buddy.mergeStep(event);
    case 'buddy_merge_stop':
      return buddy.mergeStopStep(event);
    case 'buddy_put':
      return buddy.putStep(event, words);
    case 'fallback_found':
      memory.robbedType = words.type(event.fallback_migratetype);
      return buddy.fallbackFoundStep(event, words);
    case 'fallback_none':
      return buddy.fallbackNoneStep(event, words);
    case 'steal':
      return buddy.stealStep(event, memory.robbedType, words);
    case 'watermark_boost':
      return buddy.boostStep(event, words);
    case 'highatomic_reserve':
      return buddy.reserveStep(event);
    case 'highatomic_unreserve':
      return buddy.unreserveStep(event, words);
    case 'exact_trim':
      return buddy.trimStep(event);
    case 'kswapd_wake':
      return check.kswapdStep(event, words);
    case 'direct_reclaim_wanted':
      return check.reclaimStep(event);
    case 'alloc_failed':
      return check.failedStep(event);
    case 'bad_page':
      return check.badPageStep(event);
  }
}

/** What several events did together: one block taken, or one given back. */
type UnitKind = 'take' | 'put' | 'pcp_take' | 'free' | 'move' | 'other';
interface Unit {
  readonly kind: UnitKind;
  readonly events: TraceEvent[];
}

const kUnitOf: Readonly<Partial<Record<TraceEvent['name'], UnitKind>>> = {
  buddy_take: 'take',
  buddy_merge: 'put',
  buddy_merge_stop: 'put',
  buddy_put: 'put',
  pcp_take: 'pcp_take',
  mm_page_free: 'free',
  compact_move: 'move',
};

/** Events that go on with an open unit of a kind. */
const kContinues: Readonly<Record<UnitKind, readonly TraceEvent['name'][]>> = {
  take: ['buddy_split', 'mm_page_alloc_zone_locked'],
  put: ['buddy_merge', 'buddy_merge_stop', 'buddy_put', 'mm_page_pcpu_drain'],
  pcp_take: [],
  free: ['pcp_put', 'buddy_merge', 'buddy_merge_stop', 'buddy_put'],
  move: ['mm_page_free', 'pcp_put', 'buddy_merge', 'buddy_merge_stop', 'buddy_put'],
  other: [],
};

/** Whether the unit has given its block to a list; only the kernel's tracepoint may follow. */
function isPut(unit: Unit): boolean {
  return unit.events.some((event) => event.name === 'buddy_put' || event.name === 'pcp_put');
}

function continues(unit: Unit, event: TraceEvent): boolean {
  if (!kContinues[unit.kind].includes(event.name)) return false;
  return !isPut(unit) || event.name === 'mm_page_pcpu_drain';
}

function unitsOf(events: readonly TraceEvent[]): Unit[] {
  const units: Unit[] = [];
  for (const event of events) {
    const open = units.at(-1);
    if (open && continues(open, event)) open.events.push(event);
    else units.push({kind: kUnitOf[event.name] ?? 'other', events: [event]});
  }
  return units;
}

/** Pages that a unit took or gave back. */
function unitPages(unit: Unit): number {
  const [first] = unit.events;
  const drained = unit.events.find((event) => event.name === 'mm_page_pcpu_drain');
  if (drained) return pagesIn(drained.order);
  // The first event of a unit still has the order before any merge.
  return first && 'order' in first ? pagesIn(first.order) : 0;
}

function countOf(units: readonly Unit[], name: TraceEvent['name']): number {
  let found = 0;
  for (const unit of units) found += unit.events.filter((event) => event.name === name).length;
  return found;
}

/** One line for one unit of several events. */
function unitStep(unit: Unit, children: DecisionStep[]): DecisionStep {
  const main = children.find((step) => step.kind === 'take' || step.kind === 'put') ?? children[0]!;
  const splits = countOf([unit], 'buddy_split');
  const merges = countOf([unit], 'buddy_merge');
  const notes = [
    ...(splits > 0 ? [`after ${count(splits, 'split')}`] : []),
    ...(merges > 0 ? [`after ${count(merges, 'merge')}`] : []),
  ];
  const freed = unit.kind === 'free' && unit.events.find((event) => event.name === 'mm_page_free');
  return {
    ...main,
    title: freed ? `Freed ${block(freed.order, freed.pfn)}` : main.title,
    detail: [main.detail, ...notes].join(', '),
    children,
  };
}

const kGroupTitles: Readonly<Record<Exclude<UnitKind, 'other'>, string>> = {
  take: 'taken from the buddy lists',
  put: 'given back to the buddy lists',
  pcp_take: 'taken from the per-CPU list',
  free: 'freed one after another',
  move: 'moved by compaction',
};

function groupStep(units: readonly Unit[], children: DecisionStep[]): DecisionStep {
  const kind = units[0]!.kind as Exclude<UnitKind, 'other'>;
  const pages = units.reduce((sum, unit) => sum + unitPages(unit), 0);
  const splits = countOf(units, 'buddy_split');
  const merges = countOf(units, 'buddy_merge');
  const work = [
    count(units.length, 'block'),
    ...(splits > 0 ? [count(splits, 'split')] : []),
    ...(merges > 0 ? [count(merges, 'merge')] : []),
  ];
  const pfns = children.flatMap((step) => step.pfn ?? []);
  const range = `${hex(Math.min(...pfns))} to ${hex(Math.max(...pfns))}`;
  const taking = kind === 'take' || kind === 'pcp_take';
  return {
    kind: taking ? 'take' : 'put',
    title: capitalised(`${count(pages, 'page')} ${kGroupTitles[kind]}`),
    detail: `${work.join(', ')}; ${range}`,
    kernel: children[0]!.kernel,
    numbers: [
      {label: 'blocks', value: units.length},
      {label: 'pages', value: pages},
      {label: 'splits', value: splits},
      {label: 'merges', value: merges},
    ],
    children,
  };
}

/** Every decision of a call in order. */
export function decisionPath(events: readonly TraceEvent[], words: Words): DecisionStep[] {
  const memory: Memory = {mark: kBulkMark, robbedType: 'other'};
  const units = unitsOf(events);
  const path: DecisionStep[] = [];
  for (let start = 0; start < units.length; ) {
    const kind = units[start]!.kind;
    let end = start + 1;
    while (end < units.length && kind !== 'other' && units[end]!.kind === kind) end += 1;
    const run = units.slice(start, end);
    const steps = run.map((unit) => unit.events.map((event) => stepOf(event, words, memory)));
    if (run.length >= kFoldFrom) {
      const children = steps.map((unit, index) =>
        unit.length === 1 ? unit[0]! : unitStep(run[index]!, unit),
      );
      path.push(groupStep(run, children));
    } else {
      path.push(...steps.flat());
    }
    start = end;
  }
  return path;
}
