// Goal: each kind of situation is told in one exact sentence, with the numbers compared.
// Method: hand-made events as the engine records them, the whole sentence compared.
import {describe, expect, test} from 'vitest';
import {type ExplainStep, explain} from '../../web/src/engine/explain.ts';
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

function sentence(step: ExplainStep, ...records: readonly number[][]): string {
  return explain(traced(...records), step, kView).sentence;
}

/** The expected sentence, which may be wrapped over lines. */
function said(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}

function refill(changes: Record<string, number> = {}): number[] {
  const usual = {list: 0, order: 0, wanted_blocks: 7, got_blocks: 7, count_before: 0, batch: 7};
  return record('pcp_refill', {...usual, ...changes}, {zone: 1});
}

/** Free pages 388, less than any mark of the cases below plus the reserve of 100. */
function refused(mark: number, floor = mark, changes: Record<string, number> = {}): number[] {
  const usual = {verdict: 'too_few_pages', free: 388, mark, floor, lowmem_reserve: 100};
  return watermark({...usual, ...changes});
}

const kWake = record('kswapd_wake', {order: 0, highest_zoneidx: 2}, {zone: 1});

describe('an allocation from the per-CPU list', () => {
  test('that was not empty', () => {
    const records = [attempt(), watermark(), pcpTake(kPfn), allocated(kPfn)];
    expect(sentence(allocStep(kPfn), ...records)).toBe(
      said(`Took page frame 0x100aa0 from the head of this CPU's order-0 Unmovable list,
        because it was not empty (12 pages left).`),
    );
  });

  test('of order 9 and order 2', () => {
    const huge = pcpTake(0x100c00, {list: 13, order: 9, count_after: 512});
    expect(sentence(allocStep(0x100c00, 9), huge)).toBe(
      said(`Took the order-9 block 0x100c00 from the head of this CPU's order-9 Movable list,
        because it was not empty (512 pages left).`),
    );
    const small = pcpTake(kPfn, {list: 8, order: 2, count_after: 1});
    expect(sentence(allocStep(kPfn, 2), small)).toBe(
      said(`Took the order-2 block 0x100aa0 from the head of this CPU's order-2 Reclaimable list,
        because it was not empty (1 page left).`),
    );
  });

  test('that had to be refilled', () => {
    const pages = [1, 2, 3, 4, 5, 6].map((i) => buddyTake(kPfn + i, 0, 0));
    const takes = [buddyTake(kPfn, 0, 5), ...splits(kPfn, 0, 5), ...pages];
    const records = [attempt(), watermark(), ...takes, refill(), pcpTake(kPfn)];
    expect(sentence(allocStep(kPfn), ...records)).toBe(
      said(`This CPU's order-0 Unmovable list was empty, so the kernel refilled it with 7 pages
        from the buddy lists, splitting the order-5 block 0x100aa0, and took page frame 0x100aa0
        from its head.`),
    );
    const whole = [buddyTake(kPfn, 1, 1), buddyTake(kPfn + 2, 1, 1)];
    const pairs = refill({list: 3, order: 1, got_blocks: 2});
    const pair = pcpTake(kPfn, {list: 3, order: 1});
    expect(sentence(allocStep(kPfn, 1), ...whole, pairs, pair)).toBe(
      said(`This CPU's order-1 Unmovable list was empty, so the kernel refilled it with 2 order-1
        blocks from the buddy lists, and took the order-1 block 0x100aa0 from its head.`),
    );
  });

  test('in bulk, with and without a refill', () => {
    const step = {...allocStep(kPfn), op: 'alloc_pages_bulk', pfnCount: 3};
    const takes = [0, 1, 2].map((i) => pcpTake(kPfn + i, {list: 1, count_after: 7 - i}));
    expect(sentence(step, watermark(), ...takes)).toBe(
      "Took 3 pages from the head of this CPU's order-0 Movable list (5 pages left).",
    );
    expect(sentence(step, watermark(), takes[0]!, refill(), ...takes.slice(1))).toBe(
      said(`Took 3 pages from the head of this CPU's order-0 Movable list, refilling it once with
        7 pages (5 pages left).`),
    );
  });
});

describe('an allocation from the buddy lists', () => {
  test('of a block that fits', () => {
    const records = [attempt({order: 5}), watermark({order: 5}), buddyTake(kPfn, 5, 5)];
    expect(sentence(allocStep(kPfn, 5), ...records, allocated(kPfn, 5))).toBe(
      said(`Took the order-5 block 0x100aa0 from the head of its Unmovable list; nothing had to
        be split.`),
    );
  });

  test.each([
    [4, 5, 'list of order 4 was', 'its upper half went to the head of order 4'],
    [4, 6, 'lists of orders 4 and 5 were', 'the upper halves went to the heads of orders 5 and 4'],
    [
      ...([4, 8, 'lists of orders 4 to 7 were'] as const),
      'the upper halves went to the heads of orders 7, 6, 5 and 4',
    ],
  ])('of order %i from a block of order %i', (order, from, empty, halves) => {
    const records = [attempt({order}), buddyTake(0x100a00, order, from)];
    expect(sentence(allocStep(0x100a00, order), ...records, ...splits(0x100a00, order, from))).toBe(
      said(`The Unmovable ${empty} empty, so the kernel split the order-${from} block 0x100a00:
        its lowest part was handed out, ${halves}.`),
    );
  });

  test('of the HighAtomic reserve, and into it', () => {
    const late = attempt({order: 4, stage: 1, alloc_flags: 0xa70});
    const start = [attempt({order: 4}), refused(1250), late, watermark({verdict: 'passed'})];
    const lead = `The fast path refused (zone Normal: free 388 ≤ low 1250 + reserve 100), but the
      slow path may go down to the min watermark: `;
    const split = [buddyTake(kPfn, 4, 5, 3), ...splits(kPfn, 4, 5, 3)];
    expect(sentence(allocStep(kPfn, 4), ...start, ...split)).toBe(
      said(`${lead}the HighAtomic reserve's list of order 4 was empty, so the kernel split the
        order-5 block 0x100aa0: its lowest part was handed out, its upper half went to the head of
        order 4.`),
    );
    expect(sentence(allocStep(kPfn, 4), ...start, buddyTake(kPfn, 4, 4, 3))).toBe(
      said(`${lead}took the order-4 block 0x100aa0 from the head of the HighAtomic reserve's
        list.`),
    );
    const numbers = {order: 4, pfn: kPfn, reserved_before: 0, reserved_after: 512, limit: 832};
    const reserve = record('highatomic_reserve', numbers, {zone: 1});
    expect(sentence(allocStep(kPfn, 4), ...start, buddyTake(kPfn, 4, 4), reserve)).toBe(
      said(`${lead}took the order-4 block 0x100aa0 from the head of its Unmovable list; nothing had
        to be split; its pageblock joined the HighAtomic reserve (512 of at most 832 pages).`),
    );
  });

  test('of an exact number of pages', () => {
    const step = {...allocStep(kPfn, 4), op: 'alloc_pages_exact'};
    const numbers = {order: 4, pfn: kPfn, kept_pages: 13, returned_pages: 3};
    const trim = record('exact_trim', numbers, {zone: 1});
    const back = [13, 14, 15].flatMap((i) => [
      freed(kPfn + i),
      ...given(kPfn + i, 0, i === 15 ? 1 : 0, {place: 'tail_asked'}),
    ]);
    expect(sentence(step, attempt(), buddyTake(kPfn, 4, 4), trim, ...back)).toBe(
      said(`Took the order-4 block 0x100aa0 from the head of its Unmovable list; nothing had to be
        split; kept the 13 pages asked for and gave the last 3 back one by one.`),
    );
  });
});

describe('an allocation that robs another type', () => {
  test('of whole pageblocks', () => {
    const robbery = [fallback(), steal(0x100400), buddyTake(0x100400, 8, 10, 2)];
    const records = [attempt({migratetype: 2}), ...robbery, ...splits(0x100400, 8, 10, 2)];
    expect(sentence(allocStep(0x100400, 8), ...records)).toBe(
      said(`No Reclaimable block was free: stole the order-10 Movable block 0x100400 and converted
        its 2 pageblocks, then split it: its lowest part was handed out, the upper halves went to
        the heads of orders 9 and 8.`),
    );
    const one = [fallback({found_order: 9}), steal(0x100400, {block_order: 9, free_pages: 512})];
    expect(sentence(allocStep(0x100400, 9), ...one, buddyTake(0x100400, 9, 9, 2))).toBe(
      said(`No Reclaimable block was free: stole the order-9 Movable block 0x100400 and converted
        its pageblock, and took it.`),
    );
  });

  test.each([
    [
      {claimed: 'claimed_pageblock', free_pages: 97, alike_pages: 315},
      `stole the pageblock of the order-6 Movable block 0x108040 and converted it
        (97 free + 315 alike pages ≥ 256)`,
    ],
    [
      {claimed: 'moved_free_pages', free_pages: 97, alike_pages: 0},
      `took over the free pages around the order-6 Movable block 0x108040, whose pageblock kept
        its type (97 free pages < 256)`,
    ],
    [
      {claimed: 'moved_block', free_pages: 64, alike_pages: 0},
      'took over the order-6 Movable block 0x108040 alone',
    ],
  ])('of a part of a pageblock: %o', (changes, clause) => {
    const boost = record('watermark_boost', {order: 0, before: 0, after: 512}, {zone: 1});
    const stolen = steal(0x108040, {block_order: 6, ...changes});
    const robbery = [fallback({start_migratetype: 0, found_order: 6}), boost, stolen];
    const rest = [buddyTake(0x108007, 0, 0), refill({got_blocks: 1}), kWake, pcpTake(0x108007)];
    expect(sentence(allocStep(0x108007), attempt(), ...robbery, ...rest)).toBe(
      said(`No Unmovable block was free: ${clause}, refilled this CPU's empty order-0 Unmovable list
        with 1 page and took page frame 0x108007 from its head; the steal raised the watermark boost
        to 512 pages and woke kswapd.`),
    );
  });

  test('of a single page, with the boost at its most already', () => {
    const boost = record('watermark_boost', {order: 0, before: 558, after: 558}, {zone: 1});
    const one = {block_order: 0, claimed: 'moved_block', free_pages: 1};
    const robbery = [fallback({found_order: 0}), boost, steal(kPfn, one)];
    expect(sentence(allocStep(kPfn), attempt(), ...robbery, buddyTake(kPfn, 0, 0, 2))).toBe(
      said(`No Reclaimable block was free: took over the Movable page frame 0x100aa0 alone, and took
        it; the steal kept the watermark boost at 558 pages.`),
    );
  });

  test('in the middle of a refill, and more than once', () => {
    const second = [fallback(), steal(0x100800), buddyTake(0x100800, 0, 10, 2)];
    const first = [buddyTake(kPfn, 0, 0, 2), fallback(), steal(0x100400), ...second];
    const took = pcpTake(kPfn, {list: 2});
    expect(sentence(allocStep(kPfn), attempt(), ...first, refill({list: 2}), took)).toBe(
      said(`No further Reclaimable block was free: stole the order-10 Movable block 0x100400 and
        converted its 2 pageblocks (and robbed 1 more block), refilled this CPU's empty order-0
        Reclaimable list with 7 pages and took page frame 0x100aa0 from its head.`),
    );
  });
});

describe('an allocation that was refused at first', () => {
  test('by a zone', () => {
    const low = refused(1250, 1250, {free: 900, unusable: 512});
    const served = record('pcp_take', {list: 0, pfn: 5, order: 0, count_after: 1}, {zone: 0});
    expect(sentence(allocStep(5), attempt(), low, watermark({}, 0), served)).toBe(
      said(`Zone Normal: free 900 - 512 unusable = 388 ≤ low 1250 + reserve 100, so zone DMA32
        served: took page frame 0x5 from the head of this CPU's order-0 Unmovable list, because it
        was not empty (1 page left).`),
    );
  });

  test('by a zone that had blocks, but none it may break up', () => {
    const none = {order: 0, start_migratetype: 0, min_order: 9};
    const spared = record('fallback_none', none, {zone: 1});
    const skip = record('zone_skipped', {order: 0, reason: 'no_block'}, {zone: 1});
    const served = record('pcp_take', {list: 0, pfn: 5, order: 0, count_after: 1}, {zone: 0});
    const records = [attempt({alloc_flags: 0x901}), watermark(), spared, skip, watermark({}, 0)];
    expect(sentence(allocStep(5), ...records, served)).toBe(
      said(`Zone Normal: no block to give without breaking up a pageblock, so zone DMA32 served:
        took page frame 0x5 from the head of this CPU's order-0 Unmovable list, because it was not
        empty (1 page left).`),
    );
  });

  test('because pageblocks may not be broken up', () => {
    const again = record('zone_skipped', {order: 0, reason: 'nofragment_retry'}, {zone: null});
    const records = [attempt({alloc_flags: 0x901}), watermark(), again, watermark()];
    expect(sentence(allocStep(kPfn), ...records, pcpTake(kPfn))).toBe(
      said(`No zone could serve it without breaking up a pageblock, so that was allowed: took page
        frame 0x100aa0 from the head of this CPU's order-0 Unmovable list, because it was not empty
        (12 pages left).`),
    );
  });

  test('by the fast path, with the watermarks ignored at last', () => {
    const last = attempt({stage: 2, alloc_flags: 0x804});
    const records = [attempt(), refused(1250), kWake, last, refused(1000), pcpTake(kPfn)];
    expect(sentence(allocStep(kPfn), ...records)).toBe(
      said(`The fast path refused (zone Normal: free 388 ≤ low 1250 + reserve 100), but the slow
        path may ignore the watermarks: took page frame 0x100aa0 from the head of this CPU's order-0
        Unmovable list, because it was not empty (12 pages left).`),
    );
  });
});

describe('an allocation that failed', () => {
  const failed = (reason: string, order = 0) =>
    record('alloc_failed', {order, reason, gfp_flags: 0xa20}, {zone: null});

  test('because every watermark refused', () => {
    const tries = [1, 2].flatMap((stage) => [
      attempt({stage, alloc_flags: 0x870}),
      refused(1000, 375),
      watermark({...kDma, verdict: 'too_few_pages'}, 0),
    ]);
    expect(sentence(kNullStep, attempt(), refused(1250), ...tries, failed('cannot_wait'))).toBe(
      said(`Returned NULL: every zone refused, and the caller may not sleep (zone Normal: free 388
        ≤ min 375 (reduced from 1000) + reserve 100; zone DMA32: free 12 ≤ min 13
        (reduced from 34)).`),
    );
  });
  const kDma = {free: 12, unusable: 0, mark: 34, floor: 13, lowmem_reserve: 0};

  test('because no block is big enough, and reclaim is not there yet', () => {
    const check = watermark({order: 4, verdict: 'no_block', mark: 310, floor: 310});
    const tries = [attempt({order: 4, stage: 2, alloc_flags: 0x800}), check];
    expect(sentence(kNullStep, attempt({order: 4}), ...tries, failed('no_reclaim_yet', 4))).toBe(
      said(`Returned NULL: every zone refused, compaction did not help, and this version has nothing
        to reclaim yet (zone Normal: free 30773 > min 310, but no block of order 4 or more
        is free for it).`),
    );
  });

  test('because the order does not exist, or no zone may serve', () => {
    expect(sentence(kNullStep, failed('order_too_big', 12))).toBe(
      'Returned NULL: orders above 10 do not exist.',
    );
    expect(sentence(kNullStep, failed('no_zone'))).toBe(
      'Returned NULL: the node has no zone that may serve it.',
    );
  });
});

describe('a free', () => {
  test('to the per-CPU list', () => {
    expect(sentence(freeStep(kPfn), freed(kPfn), pcpPut(kPfn))).toBe(
      said(`Freed page frame 0x100aa0 to the head of this CPU's order-0 Unmovable list, where it is
        taken first (the CPU now holds 13 pages, fewer than high 310).`),
    );
  });

  test('that makes the per-CPU list reach high', () => {
    const pages = [0, 1, 2, 3, 4, 5, 6].flatMap((i) => drained(kPfn + i, i % 2));
    const records = [freed(kPfn), pcpPut(kPfn, {count_after: 310}), flush(), ...pages];
    expect(sentence(freeStep(kPfn), ...records)).toBe(
      said(`Freed page frame 0x100aa0 to the per-CPU list; its count reached high (310), so 7 pages
        went back to the buddy lists and 3 merges followed.`),
    );
    const put = pcpPut(kPfn, {list: 6, order: 2, count_after: 15, high: 0, free_factor: 1});
    const all = flush({first_list: 6, pages_to_free: 15, reason: 'high_order_free'});
    const blocks = [freed(kPfn, 2), put, all, ...drained(kPfn, 0, 2), ...drained(kPfn + 4, 1, 2)];
    expect(sentence(freeStep(kPfn, 2), ...blocks)).toBe(
      said(`Freed the order-2 block 0x100aa0 to the per-CPU list; freeing a block of order 1 to 3 in
        a run of frees empties the lists, so 8 pages went back to the buddy lists and 1 merge
        followed.`),
    );
  });

  test('to the buddy lists', () => {
    expect(sentence(freeStep(kPfn, 4), freed(kPfn, 4), ...given(kPfn, 4, 3))).toBe(
      said(`Freed the order-4 block 0x100aa0, which merged 3 times with its free buddy into the
        order-7 block 0x100a80, now at the head of the order-7 Unmovable list; there it stopped: its
        buddy 0x100a00 is not free (in use, or on a per-CPU list).`),
    );
    const tail = given(kPfn, 4, 0, {reason: 'other_order', place: 'tail_merge_likely', type: 1});
    expect(sentence(freeStep(kPfn, 4), freed(kPfn, 4), ...tail)).toBe(
      said(`Freed the order-4 block 0x100aa0 to the tail of the order-4 Movable list; it did not
        merge: its buddy 0x100ab0 is split: only an order-1 block is free there.`),
    );
    expect(sentence(freeStep(0x100400, 9), freed(0x100400, 9), ...given(0x100400, 9, 1))).toBe(
      said(`Freed the order-9 block 0x100400, which merged once with its free buddy into the
        order-10 block 0x100400, now at the head of the order-10 Unmovable list; there it stopped:
        blocks do not get bigger.`),
    );
  });

  test('of several pages, of a shared one, of one that was never got', () => {
    const pages = [0, 1, 2].flatMap((i) => [freed(kPfn + i), pcpPut(kPfn + i)]);
    const step = {...freeStep(kPfn), op: 'free_pages_exact', pfnCount: 3};
    expect(sentence(step, ...pages)).toBe(
      'Freed 3 pages from 0x100aa0 one by one: all went to the per-CPU lists.',
    );
    expect(sentence(freeStep(kPfn, 1))).toBe(
      'Dropped one reference to the order-1 block 0x100aa0; somebody else still holds it.',
    );
    expect(sentence({...freeStep(kPfn), pfns: [], pfnCount: 0})).toBe(
      'Nothing to free: the allocation had returned NULL.',
    );
  });

  test.each([
    ['wrong_order', 'it was handed out with order 0, not 1'],
    ['not_allocated', 'it is not the first page of an allocated block'],
    ['not_ours', 'it has been in use since before the timeline, by an owner that is not known'],
  ])('of a page that may not be freed: %s', (reason, why) => {
    const numbers = {order: 1, pfn: kPfn, reason, refcount: 1, expected_order: 0};
    expect(sentence(freeStep(kPfn, 1), record('bad_page', numbers, {zone: 1}))).toBe(
      said(`"BUG: Bad page state": the order-1 block 0x100aa0 was not freed, because ${why}; nothing
        changed.`),
    );
  });
});

test('a drain, of full and of empty lists, and a call that moves no page', () => {
  const step = {...freeStep(kPfn), op: 'drain_local_pages'};
  const pages = [...drained(kPfn), ...drained(kPfn + 1, 1)];
  expect(sentence(step, flush({reason: 'drained', pages_to_free: 2}), ...pages)).toBe(
    said(`Emptied this CPU's lists of zone Normal: 2 pages went back to the buddy lists and 1 merge
      followed.`),
  );
  expect(sentence(step)).toBe("This CPU's lists were empty: nothing to drain.");
  const memset = {...freeStep(kPfn), op: 'memset', call: 'memset(pfn 0x100aa0 + 0, 0x6b, 64)'};
  expect(sentence(memset)).toBe(
    'memset(pfn 0x100aa0 + 0, 0x6b, 64) wrote to the bytes of the page; no page changed hands.',
  );
});

test('a reference, a split, and a block that is not allocated', () => {
  expect(sentence({...freeStep(kPfn, 2), op: 'get_page'})).toMatch(
    /^Took one more reference to the order-2 block 0x100aa0: /,
  );
  expect(sentence({...freeStep(kPfn, 2), op: 'split_page'})).toMatch(
    /^Made 4 single pages of the order-2 block 0x100aa0, /,
  );
});
