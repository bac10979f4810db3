// Goal: what the page shows of the object caches is what the machine has: the table agrees with
// /proc/slabinfo, every object of a slab is in use or free exactly once, and bytes are real ones.
// Method: machines with SLUB and SLAB after real recordings and after calls of a user.
import {describe, expect, test} from 'vitest';
import {cachesMoment} from '../../web/src/engine/caches_moment.ts';
import type {Session} from '../../web/src/engine/session.ts';
import {freeObjectsOf, hexLines, objectAddress} from '../../web/src/render/slab_objects.ts';
import {bytesOfLines, realSession, recordingLines} from './real_engine.ts';

async function replayed(name: string, step: number): Promise<Session> {
  const session = await realSession();
  session.loadRecording(bytesOfLines(recordingLines(name)));
  session.seek(step);
  return session;
}

/** Rows of /proc/slabinfo as [name, active, objects, size, per slab, pages, slabs]. */
function slabinfoRows(session: Session): (string | number)[][] {
  const lines = session.procfs('/proc/slabinfo').trimEnd().split('\n').slice(2);
  return lines.map((line) => {
    const words = line.split(/\s+/);
    return [words[0]!, ...words.slice(1, 6).map(Number), Number(words[14])];
  });
}

const machines = [
  ['SLUB, kmalloc', 'debian/kmalloc-1', 2500],
  ['SLUB, caches', 'slub-numa/slab-1', 4000],
  ['SLAB, caches', 'slab-up/slab-1', 4000],
] as const;

describe.each(machines)('%s', (_what, recording, step) => {
  test('the table says what /proc/slabinfo says', async () => {
    using session = await replayed(recording, step);
    const rows = session
      .caches()
      .map((row) => [
        row.name,
        row.active,
        row.objects,
        row.size,
        row.perSlab,
        2 ** row.order,
        row.slabs,
      ]);
    expect(rows.reverse()).toEqual(slabinfoRows(session));
  });

  test('every object is named once, and objects in use fill the rest', async () => {
    using session = await replayed(recording, step);
    const problems: string[] = [];
    let slabs = 0;
    for (const {name} of session.caches()) {
      const cache = session.cache(name);
      for (const slab of cache.slabList) {
        slabs += 1;
        const both = [...slab.free, ...slab.own];
        const wrong = both.filter((index) => index >= slab.objects);
        if (wrong.length > 0 || new Set(both).size !== both.length) {
          problems.push(`${name}, slab ${slab.pfn}: ${both.join(' ')} of ${slab.objects}`);
        }
        const used = slab.objects - slab.free.length;
        if (slab.inuse !== used) problems.push(`${name}, slab ${slab.pfn}: ${slab.inuse} ${used}`);
        if (slab.place === 'full' && both.length > 0) problems.push(`${name}: a full slab is not`);
      }
    }
    expect(problems).toEqual([]);
    expect(slabs).toBeGreaterThan(20);
  });

  test('the block of a slab names its cache', async () => {
    using session = await replayed(recording, step);
    const {name} = session.caches().find((row) => session.cache(row.name).slabList.length > 0)!;
    const [slab] = session.cache(name).slabList;
    expect(session.block(slab!.pfn)).toMatchObject({pfn: slab!.pfn, cache: name});
    expect(session.block(slab!.pfn + 2 ** slab!.order - 1)).toMatchObject({cache: name});
  });
});

test('the object that kmalloc() takes next is the one with number 1', async () => {
  using session = await realSession();
  session.bootPristine({memory_mib: 64, cpus: 1});
  const kmalloc = () => session.run({op: 'kmalloc', bytes: 100, gfp: 'GFP_KERNEL'});
  kmalloc();
  const cache = session.cache('kmalloc-128');
  const slab = cache.slabList.find((one) => one.place === 'cpu')!;
  const next = [...freeObjectsOf(cache, slab)].find(([, {turn, own}]) => own && turn === 1)![0];
  const given = kmalloc();
  expect(given.pfns[0]! * 4096 + given.offset).toBe(slab.pfn * 4096 + next * cache.size);
  expect(objectAddress(cache, slab, next)).toMatch(/^0xffff888[0-9a-f]{9}$/);
  const after = session.cache('kmalloc-128');
  expect(freeObjectsOf(after, after.slabList[0]!).has(next)).toBe(false);
});

test('a free object carries its free pointer, and its bytes are those of the frame', async () => {
  using session = await realSession();
  session.bootPristine({memory_mib: 64, cpus: 1});
  session.run({op: 'kmalloc', bytes: 3000, gfp: 'GFP_KERNEL'});
  const cache = session.cache('kmalloc-4k');
  const [slab] = cache.slabList;
  const [index] = slab!.own;
  const {bytes} = cachesMoment(session, {name: cache.name, slab: slab!.pfn, object: index!});
  const frame = session.readBytes(slab!.pfn + index!, 0, 4096);
  expect(bytes).toEqual(frame);
  const word = frame.subarray(cache.freePointer, cache.freePointer + 8);
  expect(word.some((byte) => byte !== 0)).toBe(true);
});

test('a cache that does not exist is refused by name', async () => {
  using session = await realSession();
  session.bootPristine({memory_mib: 64});
  expect(() => session.cache('no-such')).toThrow(/no-such/);
  expect(cachesMoment(session, {name: 'no-such', slab: null, object: null}).cache).toBeNull();
});

test('a hex dump marks pointer and padding and leaves out lines that repeat', () => {
  const bytes = new Uint8Array(96);
  bytes.set([0x41, 0x42], 80);
  const lines = hexLines(bytes, 32, 90);
  expect(lines.map(({offset, letters}) => `${offset} ${letters}`)).toEqual([
    '0000 ................',
    '* ',
    '0020 ................',
    '0030 ................',
    '* ',
    '0050 AB..............',
  ]);
  expect(lines[2]!.bytes.map(({kind}) => kind)).toEqual([
    ...Array(8).fill('pointer'),
    ...Array(8).fill(''),
  ]);
  expect(lines[5]!.bytes.map(({kind}) => kind).slice(9)).toEqual(['', ...Array(6).fill('padding')]);
});
