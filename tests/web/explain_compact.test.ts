// Goal: compaction is told in words and numbers, and a long run of moves is one line.
// Method: hand-made events as the engine writes them; whole sentences are compared.
import {describe, expect, test} from 'vitest';
import {explain} from '../../web/src/engine/explain.ts';
import {allocStep, kView} from './explain_cases.ts';
import {record, traced} from './trace_records.ts';

const kPfn = 0x100200;
const kRun = {order: 9, migrate_pfn: 0x100200, free_pfn: 0x107e00};

function move(pfn: number): number[][] {
  return [
    record('compact_move', {order: 0, pfn, to_pfn: pfn + 0x1000}),
    record('mm_page_free', {order: 0, pfn}),
  ];
}

const kEvents = traced(
  record('compact_suitable', {
    order: 9,
    result: 'go_on',
    free: 16924,
    own_mark: 248,
    work_mark: 1334,
    extfrag_index: 996,
    threshold: 500,
  }),
  record('compact_begin', {...kRun, async: 1, direct: 1, migratetype: 1}),
  ...[0, 1, 2, 3, 4].flatMap((i) => move(kPfn + i)),
  record('compact_capture', {order: 9, pfn: kPfn, migratetype: 1}),
  record('compact_end', {
    ...kRun,
    result: 'success',
    moved: 5,
    migrate_scanned: 512,
    free_scanned: 256,
  }),
);

describe('an allocation that compacts', () => {
  const {path, sentence} = explain(kEvents, allocStep(kPfn, 9), kView);

  test('says how many pages moved', () => {
    expect(sentence).toContain('ompaction moved 5 pages out of the way');
  });

  test('shows the check with its numbers, and the moves as one line', () => {
    expect(path.map((step) => step.title)).toEqual([
      'Would compaction help?',
      'Compaction starts',
      '5 pages moved by compaction',
      'Caught the block',
      'Compaction ends',
    ]);
    expect(path[0]!.detail).toBe(
      'zone DMA32: it is worth trying (free 16924, needs more than 1334 to work with; ' +
        'fragmentation index 996, threshold 500)',
    );
    expect(path[2]!.children).toHaveLength(5);
    expect(path[4]!.detail).toBe('a block is there; 5 pages moved');
  });
});
