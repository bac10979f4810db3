// Goal: every way a recording can be wrong has its named error with the place, and nothing crashes;
// every field that a recording compares is really compared.
// Method: a short real recording, changed in one place at a time.
import {gzipSync} from 'node:zlib';
import {describe, expect, test} from 'vitest';
import {KmemError} from '../../web/src/engine/errors.ts';
import {bytesOfLines, realSession, recordingLines, shortRecording} from './real_engine.ts';

type Change = (lines: string[]) => void;

async function refusal(lines: readonly string[]): Promise<string[]> {
  const session = await realSession();
  try {
    session.loadRecording(bytesOfLines(lines));
    return ['accepted'];
  } catch (error) {
    if (!(error instanceof KmemError)) throw error;
    // A refused recording leaves a session that can still be used.
    session.loadRecording(bytesOfLines(shortRecording()));
    return [error.name, String(error.line)];
  } finally {
    session.dispose();
  }
}

/** Changes the first match in line `line`, counted from 1, and fails when there is none. */
function replace(line: number, from: string | RegExp, to: string): Change {
  return (lines) => {
    const before = lines[line - 1]!;
    lines[line - 1] = before.replace(from, to);
    if (lines[line - 1] === before) throw new Error(`line ${line} has no ${from}`);
  };
}

/** Puts a whole line instead of line `line`. */
function put(line: number, text: string): Change {
  return (lines) => {
    lines[line - 1] = text;
  };
}

describe('a recording that cannot be read', () => {
  test('is the exception: the unchanged one is accepted', async () => {
    expect(await refusal(shortRecording())).toEqual(['accepted']);
  });

  test.each<[string, Change, string, number]>([
    ['nothing', (lines) => lines.splice(0), 'RecordingFormatError', 0],
    ['no meta line', (lines) => lines.shift(), 'RecordingFormatError', 1],
    ['another format version', replace(1, '"fmt":1', '"fmt":2'), 'RecordingVersionError', 1],
    ['no end line', (lines) => lines.pop(), 'TruncatedError', 22],
    ['no JSON', put(7, 'hello'), 'RecordingFormatError', 7],
    ['half a line', put(7, '{"i":4,"op":"A","s'), 'RecordingFormatError', 7],
    ['an array', put(7, '[1,2]'), 'RecordingFormatError', 7],
    ['a pfn outside the zone', replace(2, '[1050763]', '[99]'), 'RecordingFormatError', 2],
    [
      'a zone of 16 TiB',
      replace(2, /"spanned":\d+/, '"spanned":4294967295'),
      'RecordingFormatError',
      2,
    ],
    ['an order of 77', replace(7, /"o":\d+/, '"o":77'), 'RecordingFormatError', 7],
    ['an unknown GFP name', replace(7, '"g":"KERNEL', '"g":"KERNAL'), 'UnknownGfpFlagError', 7],
    ['an unknown call', replace(7, '"op":"A"', '"op":"Z"'), 'UnsupportedOperationError', 7],
    [
      'a call of a later floor',
      replace(7, '"op":"A"', '"op":"map"'),
      'UnsupportedOperationError',
      7,
    ],
    ['a negative slot', replace(7, /"s":\d+/, '"s":-5'), 'RecordingFormatError', 7],
    ['a fraction', replace(7, /"r":\d+/, '"r":1.5'), 'RecordingFormatError', 7],
    ['a free of an empty slot', replace(11, '"s":5', '"s":77'), 'RecordingFormatError', 11],
  ])('%s', async (_, change, name, line) => {
    const lines = shortRecording();
    change(lines);
    expect(await refusal(lines)).toEqual([name, String(line)]);
  });

  test('with brackets nested too deep for any stack has a named error, too', async () => {
    const lines = shortRecording();
    lines[6] = '['.repeat(200_000);
    const session = await realSession();
    const load = () => session.loadRecording(bytesOfLines(lines));
    expect(load).toThrow(KmemError);
    session.dispose();
    expect(await refusal(shortRecording())).toEqual(['accepted']);
  });

  test('is refused by its wrapping, too', async () => {
    const session = await realSession();
    const zipped = gzipSync(bytesOfLines(shortRecording()));
    const open = async (bytes: Uint8Array) => {
      const error = await session.openRecording(bytes, 'x.jsonl.gz').catch((reason) => reason);
      return error instanceof KmemError ? error.name : error;
    };
    expect(await open(zipped.subarray(0, 700))).toBe('TruncatedError');
    expect(await open(bytesOfLines(shortRecording()))).toBe('NotGzipError');
    expect(await open(zipped)).toBeUndefined();
    expect(session.length).toBe(20);
    session.dispose();
  });
});

interface Zone {
  wmark: number[];
  boost: number;
  nr_reserved_highatomic: number;
  lowmem_reserve: number[];
  flags: number;
  vm_free: number;
  vm_free_diff: number;
  pb: string;
  nr_free: number[];
  free: [number, string, number[]][];
  pcp: {count: number; free_factor: number; lists: number[][]};
}

/** A copy of the list with its first two members exchanged. */
function swapped(list: readonly number[]): number[] {
  return [list[1]!, list[0]!, ...list.slice(2)];
}

/** A copy of the list with one number more. */
function raised(list: readonly number[], index: number): number[] {
  return list.map((value, i) => (i === index ? value + 1 : value));
}

function freeListSwapped({free}: Zone): Zone['free'] {
  const found = free.findIndex(([, , pfns]) => pfns.length > 1);
  return free.map(([order, type, pfns], i) => [order, type, i === found ? swapped(pfns) : pfns]);
}

describe('a dump that differs is found, whatever differs', () => {
  const lines = recordingLines('debian/mixed-1');
  const dump = lines.findLastIndex((line) => line.startsWith('{"t":"zone"'));
  const verified = async (changed: readonly string[]) => {
    const session = await realSession();
    session.loadRecording(bytesOfLines(changed));
    const {first, operations, matched, dumps, dumpsMatched} = session.verifyRecording();
    session.dispose();
    return [operations - matched, dumps - dumpsMatched, first?.kind, first?.line];
  };

  test.each<[string, (zone: Zone) => Partial<Zone>]>([
    ['the order of a free list', (zone) => ({free: freeListSwapped(zone)})],
    ['a missing free list', ({free}) => ({free: free.slice(1)})],
    ['a per-CPU list', ({pcp}) => ({pcp: {...pcp, lists: [[1048600], ...pcp.lists.slice(1)]}})],
    ['the per-CPU count', ({pcp}) => ({pcp: {...pcp, count: pcp.count + 1}})],
    ['the free factor', ({pcp}) => ({pcp: {...pcp, free_factor: pcp.free_factor + 1}})],
    ['the free pages', (zone) => ({vm_free: zone.vm_free + 1})],
    ['their per-CPU delta', (zone) => ({vm_free_diff: zone.vm_free_diff + 1})],
    ['the free blocks of an order', (zone) => ({nr_free: raised(zone.nr_free, 3)})],
    ['the type of a pageblock', ({pb}) => ({pb: pb.replace('M', 'U')})],
    ['the boost', ({boost}) => ({boost: boost + 1})],
    ['the reserve', (zone) => ({nr_reserved_highatomic: zone.nr_reserved_highatomic + 512})],
    ['the flags', ({flags}) => ({flags: flags ^ 1})],
    ['a watermark', ({wmark}) => ({wmark: raised(wmark, 0)})],
    ['a lowmem reserve', (zone) => ({lowmem_reserve: raised(zone.lowmem_reserve, 0)})],
  ])('%s', async (_, change) => {
    const changed = [...lines];
    const zone: Zone = JSON.parse(changed[dump]!);
    changed[dump] = JSON.stringify({...zone, ...change(zone)});
    expect(await verified(changed)).toEqual([0, 1, 'dump', dump + 1]);
  });

  test('and the result of a call', async () => {
    const call = lines.findLastIndex((line) => line.includes('"op":"A"') && line.includes('"r":1'));
    const changed = [...lines];
    changed[call] = changed[call]!.replace(/"r":(\d+)/, (_, pfn) => `"r":${Number(pfn) ^ 1}`);
    const [calls, dumps, kind, line] = await verified(changed);
    expect([calls, dumps, kind, line]).toEqual([1, 0, 'call', call + 1]);
  });
});
