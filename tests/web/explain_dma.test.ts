// Goal: what DMA does is told in words, and no event is left out.
// Method: events as the engine writes them, whole sentences and the lines of their paths.
import {describe, expect, test} from 'vitest';
import {dmaSentence, dmaStep, isDma} from '../../web/src/engine/explain_dma.ts';
import type {TraceEvent} from '../../web/src/engine/trace_events.gen.ts';

const kHeader = {cpu: 0, zone: 255, step: 1};

type Fields<Event> = Event extends TraceEvent ? Omit<Event, 'cpu' | 'zone' | 'step'> : never;

const event = (fields: Fields<TraceEvent>): TraceEvent => ({...kHeader, ...fields}) as TraceEvent;

/** The sentence about events; each of them must have a step too. */
function sentence(...fields: Fields<TraceEvent>[]): string | undefined {
  const events = fields.map(event);
  for (const step of events.filter(isDma).map(dmaStep)) {
    expect(step.title).not.toBe('');
    expect(step.detail).not.toBe('');
  }
  return dmaSentence(events, {call: 'dma_call()'});
}

describe('DMA in words', () => {
  test('masks', () => {
    const mask = {name: 'dma_mask', mask: 0xfffff, mask_high: 0, least: 0xffffff} as const;
    expect(sentence({...mask, answer: 'refused'})).toContain('Mask 0xfffff was refused with -EIO');
    expect(sentence({...mask, mask: -1, mask_high: -1, answer: 'wide'})).toContain(
      'Mask 0xffffffffffffffff was taken',
    );
  });

  test('a block that was too high', () => {
    expect(
      sentence(
        {
          name: 'dma_too_high',
          zone_bit: 'dma',
          pfn: 0x8000,
          last: 0x8000fff,
          last_high: 0,
          mask: 0x7ffffff,
          mask_high: 0,
          order: 0,
        },
        {
          name: 'dma_coherent',
          order: 0,
          pfn: 0x400,
          handle: 0x400000,
          handle_high: 0,
          bytes: 4096,
        },
      ),
    ).toBe('The device finds its 4096 bytes at 0x400000, after 1 block above its mask.');
  });

  test('NULL', () => {
    const failed = {bytes: 9, order: 0, zone_bit: 'dma', gfp_flags: 0} as const;
    expect(sentence({name: 'dma_failed', reason: 'no_pages', ...failed})).toContain(
      'dma_call() gave NULL: the page allocator has no such block there',
    );
  });

  test('pools', () => {
    const pool = {pool: 3, size: 64, allocation: 4096, boundary: 4096, blocks: 63} as const;
    expect(sentence({name: 'dma_pool_create', reason: 'made', ...pool})).toBe(
      'Pool 3 hands out blocks of 64 bytes, 63 from each piece of 4096.',
    );
    expect(sentence({name: 'dma_pool_create', reason: 'bad_align', ...pool})).toContain(
      'no power of two',
    );
    const block = {pool: 3, pfn: 16, offset: 64, in_use: 1, free_blocks: 62} as const;
    expect(sentence({name: 'dma_pool_take', ...block})).toBe('Took block 0x10 + 64 of pool 3.');
    expect(sentence({name: 'dma_pool_put', ...block})).toContain('Gave back block 0x10 + 64');
    expect(sentence({name: 'dma_pool_destroy', pool: 3, pages: 2, lost: 1})).toContain('lost');
    expect(
      sentence({name: 'bad_dma_free', reason: 'free_already', pool: 3, pfn: 16, offset: 64}),
    ).toContain('nothing is freed');
  });

  test('the words of a free of pages are not ours', () => {
    expect(sentence()).toBeUndefined();
  });
});
