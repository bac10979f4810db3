// Goal: the path has every event in order, and long runs are folded without losing one.
// Method: whole paths as outlines: kind, title, detail; children indented.
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {type DecisionStep, explain} from '../../web/src/engine/explain.ts';
import type {TraceEvent} from '../../web/src/engine/trace_events.gen.ts';
import {
  allocated,
  allocStep,
  attempt,
  buddyTake,
  drained,
  fallback,
  flush,
  freed,
  freeStep,
  given,
  kNullStep,
  kView,
  pcpPut,
  pcpTake,
  splits,
  steal,
  watermark,
} from './explain_cases.ts';
import {record, traced} from './trace_records.ts';

const kPfn = 0x100aa0;

function outline(path: readonly DecisionStep[], indent = ''): string[] {
  return path.flatMap((step) => [
    `${indent}[${step.kind}] ${step.title}: ${step.detail}`,
    ...outline(step.children ?? [], `${indent}  `),
  ]);
}

function pathOf(events: readonly TraceEvent[]): readonly DecisionStep[] {
  return explain(events, allocStep(kPfn), kView).path;
}

function drawn(...records: readonly number[][]): string[] {
  return outline(pathOf(traced(...records)));
}

describe('a short path is flat', () => {
  test('take, split and the tracepoint', () => {
    const start = [attempt({order: 3}), watermark({order: 3, verdict: 'passed'})];
    const taking = [buddyTake(kPfn, 3, 5), ...splits(kPfn, 3, 5), allocated(kPfn, 3)];
    expect(drawn(...start, ...taking)).toEqual([
      '[check] Fast path: order 3 Unmovable from zones up to Normal; a zone must stay above its ' +
        'low watermark; kswapd may be woken',
      '[check] Watermark of zone Normal: passed: free 30773 > low 310',
      '[take] Took order-5 block 0x100aa0: order 5 is the smallest non-empty Unmovable list from ' +
        'order 3 up',
      '[split] Split order 5: upper half 0x100ab0 went to the head of the order-4 Unmovable list',
      '[split] Split order 4: upper half 0x100aa8 went to the head of the order-3 Unmovable list',
      '[note] Tracepoint kmem:mm_page_alloc: pfn=0x100aa0 order=3 migratetype=0 ' +
        'gfp_flags=GFP_KERNEL',
    ]);
  });

  test('merges, and why they stopped', () => {
    expect(drawn(freed(kPfn, 4), ...given(kPfn, 4, 1, {reason: 'other_order'}))).toEqual([
      '[note] Tracepoint kmem:mm_page_free: pfn=0x100aa0 order=4',
      '[merge] Merged to order 5: the order-4 buddy 0x100ab0 was free, so both became the ' +
        'order-5 block 0x100aa0',
      '[check] No merge at order 5: its buddy 0x100a80 is split: only an order-1 block is free ' +
        'there',
      '[put] Put order-5 block 0x100aa0 on a free list: head of the order-5 Unmovable list: it ' +
        'is handed out first',
    ]);
  });

  test('robbing, boost, kswapd, reserve', () => {
    const extfrag = {alloc_order: 0, pfn: 0x100400, fallback_order: 3, alloc_migratetype: 2};
    const owner = {fallback_migratetype: 1, fragmenting: 1, change_ownership: 0};
    const reserve = {order: 1, pfn: kPfn, reserved_before: 512, reserved_after: 1024, limit: 1100};
    const unreserve = {order: 1, pfn: kPfn, reserved_before: 1024, reserved_after: 512};
    const zone = {zone: 1};
    const records = [
      fallback({found_order: 3, can_steal: 0}),
      record('watermark_boost', {order: 0, before: 512, after: 558}, zone),
      steal(0x100400, {block_order: 3, claimed: 'moved_block', free_pages: 8}),
      record('mm_page_alloc_extfrag', {...extfrag, ...owner}, zone),
      record('kswapd_wake', {order: 0, highest_zoneidx: 2}, zone),
      record('highatomic_reserve', reserve, zone),
      record('highatomic_unreserve', {...unreserve, migratetype: 1}, zone),
    ];
    expect(drawn(...records)).toEqual([
      '[check] No Reclaimable block: fall back to Movable: order 3 has a Movable block; only ' +
        'this block may be taken',
      '[note] Boosted the watermarks: a pageblock is broken up: the boost of zone Normal rises ' +
        'from 512 to 558 pages',
      '[steal] Steal from Movable: took over the order-3 Movable block 0x100400 alone',
      '[note] Tracepoint kmem:mm_page_alloc_extfrag: pfn=0x100400 alloc_order=0 fallback_order=3 ' +
        'alloc_migratetype=2 fallback_migratetype=1 fragmenting=1 change_ownership=0',
      '[note] Woke kswapd: background reclaim was asked for zone Normal to make room for order 0',
      '[note] Pageblock joined the HighAtomic reserve: 1024 pages are reserved now; a zone stops ' +
        'at 1100',
      '[note] Pageblock left the HighAtomic reserve: its free pages are Movable now',
    ]);
  });

  test('every refusal of a failed call', () => {
    const none = {order: 4, start_migratetype: 0, min_order: 9};
    const zone = {zone: 1};
    const global = {zone: null};
    const records = [
      attempt({order: 4, alloc_flags: 0x901}),
      watermark({order: 4, verdict: 'passed', unusable: 15}),
      record('fallback_none', none, zone),
      record('zone_skipped', {order: 4, reason: 'no_block'}, zone),
      record('zone_skipped', {order: 4, reason: 'nofragment_retry'}, global),
      watermark({order: 4, verdict: 'no_block', unusable: 15}),
      record('direct_reclaim_wanted', {order: 4, gfp_flags: 0xcc0, alloc_flags: 0x840}, global),
      record('alloc_failed', {order: 4, reason: 'no_reclaim_yet', gfp_flags: 0xcc0}, global),
    ];
    expect(outline(explain(traced(...records), kNullStep, kView).path)).toEqual([
      '[check] Fast path: order 4 Unmovable from zones up to Normal; a zone must stay above its ' +
        'low watermark; pageblocks may not be broken up and kswapd may be woken',
      '[check] Watermark of zone Normal: passed: free 30773 - 15 unusable = 30758 > low 310',
      '[fail] No Unmovable block and nothing to fall back to: no other type has a block of order ' +
        '9 or more (blocks under order 9 would break up a pageblock)',
      '[fail] Nothing in zone Normal: its watermark passed, but it had no block to give',
      '[check] Start over: no zone could serve it without breaking up a pageblock: once more, ' +
        'allowing it',
      '[fail] Watermark of zone Normal: refused: free 30773 - 15 unusable = 30758 > low 310, but ' +
        'no block of order 4 or more is free for it',
      '[note] Direct reclaim wanted: order 4 with GFP_KERNEL may sleep and would now reclaim ' +
        'memory itself; this version has nothing to reclaim yet',
      '[fail] NULL was returned: every zone refused, compaction did not help, and this version ' +
        'has nothing to reclaim yet',
    ]);
  });

  test('a bad page', () => {
    const numbers = {order: 0, pfn: kPfn, reason: 'not_allocated', refcount: -1};
    expect(drawn(record('bad_page', {...numbers, expected_order: 0}))).toEqual([
      '[fail] BUG: Bad page state: page frame 0x100aa0: it is not the first page of an allocated ' +
        'block; it is left as it was',
    ]);
  });
});

describe('long runs are folded', () => {
  test('a flush of drained pages', () => {
    const pages = [0, 1, 2, 3].flatMap((i) => drained(kPfn + i, i === 3 ? 2 : 0));
    const records = [freed(kPfn), pcpPut(kPfn, {count_after: 310}), flush({pages_to_free: 4})];
    const lines = drawn(...records, ...pages);
    expect(lines.slice(0, 5)).toEqual([
      '[note] Tracepoint kmem:mm_page_free: pfn=0x100aa0 order=0',
      "[put] Put page frame 0x100aa0 on the per-CPU list: head of this CPU's order-0 Unmovable " +
        'list; the CPU now holds 310 pages, high is 310',
      '[check] Per-CPU lists of zone Normal give pages back: count 310 reached high 310, so 4 ' +
        'pages go back, oldest first, starting with the order-0 Unmovable list',
      '[put] 4 pages given back to the buddy lists: 4 blocks, 2 merges; 0x100aa0 to 0x100aa2',
      '  [put] Put page frame 0x100aa0 on a free list: head of the order-0 Unmovable list: it is ' +
        'handed out first',
    ]);
    expect(lines.slice(-6)).toEqual([
      '  [put] Put order-2 block 0x100aa0 on a free list: head of the order-2 Unmovable list: it ' +
        'is handed out first, after 2 merges',
      '    [merge] Merged to order 1: the order-0 buddy 0x100aa2 was free, so both became the ' +
        'order-1 block 0x100aa2',
      '    [merge] Merged to order 2: the order-1 buddy 0x100aa0 was free, so both became the ' +
        'order-2 block 0x100aa0',
      '    [check] No merge at order 2: its buddy 0x100aa4 is not free (in use, or on a per-CPU ' +
        'list)',
      '    [put] Put order-2 block 0x100aa0 on a free list: head of the order-2 Unmovable list: ' +
        'it is handed out first',
      '    [note] Tracepoint kmem:mm_page_pcpu_drain: pfn=0x100aa3 order=0 migratetype=0',
    ]);
  });

  test('a bulk take, with the numbers of the group', () => {
    const takes = [0, 1, 2, 3].map((i) => pcpTake(kPfn + i, {list: 1, count_after: 9 - i}));
    const [check, group] = pathOf(traced(watermark({mark: 314, floor: 314}), ...takes));
    expect(check?.detail).toBe('free 30773 > low watermark + pages asked for 314');
    expect({...group, children: group?.children?.length}).toEqual({
      kind: 'take',
      title: '4 pages taken from the per-CPU list',
      detail: '4 blocks; 0x100aa0 to 0x100aa3',
      kernel: '__rmqueue_pcplist(), mm/page_alloc.c',
      numbers: [
        {label: 'blocks', value: 4},
        {label: 'pages', value: 4},
        {label: 'splits', value: 0},
        {label: 'merges', value: 0},
      ],
      children: 4,
    });
  });

  test('pages freed one after another', () => {
    const pages = [0, 1, 2, 3, 4].flatMap((i) => [freed(kPfn + i), pcpPut(kPfn + i)]);
    const step = {...freeStep(kPfn), op: 'free_pages_exact'};
    const {path} = explain(traced(...pages), step, kView);
    expect(path.map(({title, detail}) => `${title}: ${detail}`)).toEqual([
      '5 pages freed one after another: 5 blocks; 0x100aa0 to 0x100aa4',
    ]);
    expect(outline(path).slice(1, 4)).toEqual([
      "  [put] Freed page frame 0x100aa0: head of this CPU's order-0 Unmovable list; the CPU now " +
        'holds 13 pages, high is 310',
      '    [note] Tracepoint kmem:mm_page_free: pfn=0x100aa0 order=0',
      "    [put] Put page frame 0x100aa0 on the per-CPU list: head of this CPU's order-0 " +
        'Unmovable list; the CPU now holds 13 pages, high is 310',
    ]);
  });

  test('no event is ever lost', () => {
    const pieces: readonly (readonly number[][])[] = [
      [attempt()],
      [watermark()],
      [pcpTake(kPfn)],
      [buddyTake(kPfn, 0, 2), ...splits(kPfn, 0, 2)],
      drained(kPfn, 1),
      given(kPfn, 3, 2),
      [freed(kPfn), pcpPut(kPfn)],
      [freed(kPfn), ...given(kPfn, 0, 0)],
      [fallback(), steal(kPfn)],
    ];
    const leaves = (path: readonly DecisionStep[]): number =>
      path.reduce((sum, {children}) => sum + (children ? leaves(children) : 1), 0);
    const run = fc.tuple(fc.nat(pieces.length - 1), fc.integer({min: 1, max: 6}));
    fc.assert(
      fc.property(fc.array(run, {maxLength: 8}), (runs) => {
        const records = runs.flatMap(([piece, times]) =>
          Array.from({length: times}, () => pieces[piece]!).flat(),
        );
        expect(leaves(pathOf(traced(...records)))).toBe(records.length);
      }),
    );
  });
});
