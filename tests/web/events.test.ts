// Goal: every field of a record lands under its name, with its sign and the name of its value.
// Method: hand-made words, whole decoded events; the generated table held against the .def file.
import {readFileSync} from 'node:fs';
import {describe, expect, expectTypeOf, test} from 'vitest';
import {generate} from '../../scripts/gen_trace_events.mjs';
import {EventFormatError} from '../../web/src/engine/errors.ts';
import {decodeEvents} from '../../web/src/engine/events.ts';
import {
  kNoPfn,
  kTraceEvents,
  type TraceEvent,
  type WatermarkVerdict,
} from '../../web/src/engine/trace_events.gen.ts';
import {record, traced} from './trace_records.ts';

describe('decodeEvents', () => {
  test('reads header, aux, signed fields and names of values', () => {
    // watermark_check, cpu 3, zone 2, order 1, step 7: 900 free, 512 unusable, mark -1.
    const words = [17 | (3 << 8) | (2 << 16) | (1 << 24), 7, 3, 900, 512, 0xffffffff, 375, 100];
    expect(decodeEvents(Uint32Array.from(words))).toEqual([
      {
        name: 'watermark_check',
        cpu: 3,
        zone: 2,
        step: 7,
        order: 1,
        verdict: 'too_few_pages',
        free: 900,
        unusable: 512,
        mark: -1,
        floor: 375,
        lowmem_reserve: 100,
      },
    ]);
  });

  test('keeps unsigned fields unsigned, zone 255 is null, records stay in order', () => {
    const alloc = {order: 0, pfn: kNoPfn, gfp_flags: 0xcc0, migratetype: 0};
    const events = traced(
      record('mm_page_alloc', alloc, {zone: null, step: 9}),
      record('mm_page_free', {order: 10, pfn: 0x100400}, {cpu: 255, zone: 254, step: 9}),
    );
    expect(events).toEqual([
      {name: 'mm_page_alloc', cpu: 0, zone: null, step: 9, ...alloc},
      {name: 'mm_page_free', cpu: 255, zone: 254, step: 9, order: 10, pfn: 0x100400},
    ]);
  });

  test('gives nothing for nothing', () => {
    expect(decodeEvents(new Uint32Array())).toEqual([]);
  });

  test('refuses a cut record, an unknown id and an unknown value, by name', () => {
    const decode = (words: number[]) => () => decodeEvents(Uint32Array.from(words));
    expect(decode([1, 2, 3])).toThrow(
      new EventFormatError('EventFormat', '3 words are not whole records of 8'),
    );
    expect(
      decode([...record('mm_page_free', {order: 0, pfn: 1}), 255, 0, 0, 0, 0, 0, 0, 0]),
    ).toThrow(new EventFormatError('EventFormat', 'record 1 has the unknown event id 255'));
    expect(decode([17, 0, 77, 0, 0, 0, 0, 0])).toThrow(
      new EventFormatError(
        'EventFormat',
        'event watermark_check has verdict 77; this version knows 0,1,2,3,4',
      ),
    );
  });

  test('narrows by name', () => {
    const event = traced(record('mm_page_free', {order: 0, pfn: 1}))[0] as TraceEvent;
    if (event.name === 'watermark_check') {
      expectTypeOf(event.verdict).toEqualTypeOf<WatermarkVerdict>();
    }
    expect(event.name).toBe('mm_page_free');
  });
});

describe('the generated table', () => {
  test('is fresh', () => {
    for (const [path, text] of Object.entries(generate())) {
      const found = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
      expect(found, `${path} is stale: run node scripts/gen_trace_events.mjs`).toBe(text);
    }
  });

  test('has the kernel name of every tracepoint and none of a decision', () => {
    const wrong = Object.values(kTraceEvents).filter((event) =>
      event.level === 'tracepoint'
        ? event.tracepoint !== `kmem:${event.name}`
        : event.tracepoint !== '',
    );
    expect(wrong).toEqual([]);
  });
});
