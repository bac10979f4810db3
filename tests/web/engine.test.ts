// Goal: the face over the real engine: boot, run, go back, refuse; recordings of a real kernel.
// Method: sessions on the built wasm; hashes before and after whatever must change nothing.
import {readFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';
import {describe, expect, test} from 'vitest';
import {createSession} from '../../web/src/engine/create_session.ts';
import {
  CommandFormatError,
  GfpConflictError,
  KmemError,
  MachineConfigError,
  NoSuchFileError,
  OrderOutOfRangeError,
  PfnOutOfRangeError,
  UnknownGfpFlagError,
  UnsupportedOperationError,
  WasmLoadError,
} from '../../web/src/engine/errors.ts';
import type {DecisionStep} from '../../web/src/engine/explain.ts';
import {formatGfp, gfpTableOf, kGfpNames, parseGfp} from '../../web/src/engine/gfp.ts';
import {loadKmem} from '../../web/src/engine/load.ts';
import type {MachineConfig, UserCommand} from '../../web/src/engine/model.ts';
import type {Session} from '../../web/src/engine/session.ts';
import {realSession, recordingPath} from './real_engine.ts';

const kWasmUrl = new URL('../../web/src/engine/wasm/kmem.wasm', import.meta.url);

async function pristine(): Promise<Session> {
  const session = await realSession();
  session.bootPristine({memory_mib: 64, thp: false});
  return session;
}

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
}

function leaves(path: readonly DecisionStep[]): number {
  return path.reduce((sum, {children}) => sum + (children ? leaves(children) : 1), 0);
}

describe('loading', () => {
  const bytes = new Uint8Array(readFileSync(kWasmUrl));
  test.each([
    ['nothing at all', undefined],
    ['bytes', bytes],
    ['an ArrayBuffer', bytes.slice().buffer],
    ['a file URL', kWasmUrl],
    [
      'a data URL',
      new URL(`data:application/wasm;base64,${Buffer.from(bytes).toString('base64')}`),
    ],
    ['a response', new Response(bytes)],
    ['a compiled module', new WebAssembly.Module(bytes)],
  ])('from %s', async (_, source) => {
    expect((await loadKmem(source)).kernelRelease()).toBe('6.1.192');
  });

  test.each([
    [
      'a text',
      new TextEncoder().encode('<html>'),
      /^not WebAssembly: it starts with "3c 68 74 6d"/,
    ],
    ['half a file', bytes.subarray(0, 1000), /^the engine does not start: /],
    ['a file that is not there', pathToFileURL('/no/kmem.wasm'), /^cannot read file:\/\/\/no\//],
    ['an HTTP error', new Response('', {status: 404}), /HTTP status 404$/],
  ])('refuses %s', async (_, source, message) => {
    const error = await loadKmem(source).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WasmLoadError);
    expect((error as WasmLoadError).message).toMatch(message);
  });

  test('createSession() finds the engine by itself', async () => {
    const session = await createSession();
    session.bootPristine({memory_mib: 16});
    expect(session.view().origin).toBe('pristine');
    session.dispose();
  });
});

describe('a pristine machine', () => {
  test('gives pages, tells why, and takes them back', async () => {
    const session = await pristine();
    const boot = session.stateHash();
    const step = session.run({op: 'alloc_pages', gfp: 'GFP_KERNEL', order: 4});
    const [pfn] = step.pfns;
    expect([step.call, step.pfnCount, step.matches]).toEqual([
      'alloc_pages(GFP_KERNEL, 4)',
      1,
      null,
    ]);
    expect(session.explain()?.sentence).toMatch(
      /^No Unmovable block was free: stole the order-10 /,
    );
    expect(session.block(pfn!)).toMatchObject({pfn, order: 4, state: 'allocated', refcount: 1});
    session.run({op: '__free_pages', pfn: pfn!, order: 4});
    expect(session.explain()?.sentence).toMatch(/ merged 6 times with its free buddy into /);
    expect([session.step, session.length, session.verify()]).toEqual([2, 2, null]);
    session.seek(0);
    expect([session.stateHash(), session.events(), session.explain()]).toEqual([boot, [], null]);
    session.dispose();
  });

  test('prints /proc/buddyinfo and no file that does not exist', async () => {
    const session = await pristine();
    expect(session.procfs('/proc/buddyinfo')).toMatch(/^Node 0, zone {6}DMA( +\d+){11} \nNode 0, /);
    const error = thrown(() => session.procfs('/proc/cpuinfo')) as KmemError;
    expect(error).toBeInstanceOf(NoSuchFileError);
    expect(error.message).toContain('/proc/buddyinfo');
    session.run({op: 'vmalloc', bytes: 1});
    for (const path of session.procfsPaths()) expect(session.procfs(path)).not.toBe('');
    expect(session.procfsPaths()[0]).toBe('/proc/buddyinfo');
    session.dispose();
  });

  test('reads RAM that was zeroed', async () => {
    const session = await pristine();
    const [pfn] = session.run({op: 'get_zeroed_page', gfp: 'GFP_KERNEL'}).pfns;
    expect(session.readBytes(pfn!, 4000, 96)).toEqual(new Uint8Array(96));
    expect(thrown(() => session.readBytes(0xfffff0, 0, 1))).toBeInstanceOf(PfnOutOfRangeError);
    session.dispose();
  });

  test('owners: a reference, a split, bytes, pages in bulk', async () => {
    const session = await pristine();
    const boot = session.stateHash();
    const [pfn] = session.run({op: 'alloc_pages', gfp: 'GFP_KERNEL', order: 2}).pfns;
    session.run({op: 'get_page', pfn: pfn!});
    expect(session.block(pfn!).refcount).toBe(2);
    session.run({op: 'put_page', pfn: pfn!});
    session.run({op: 'memset', pfn: pfn!, value: 0x6b, bytes: 64});
    expect([...session.readBytes(pfn!, 63, 2)]).toEqual([0x6b, 0]);
    session.run({op: 'split_page', pfn: pfn!, order: 2});
    expect([session.block(pfn! + 3).order, session.block(pfn! + 3).refcount]).toEqual([0, 1]);
    const bulk = session.run({op: 'alloc_pages_bulk', gfp: 'GFP_KERNEL', pages: 8});
    expect([bulk.pfnCount, new Set(bulk.pfns).size]).toEqual([8, 8]);
    expect(session.verify()).toBeNull();
    session.seek(0);
    expect(session.stateHash()).toBe(boot);
    expect(
      thrown(() => session.run({op: 'memset', pfn: pfn!, value: 256, bytes: 1})),
    ).toBeInstanceOf(CommandFormatError);
    session.dispose();
  });

  test.each(['2.6.18-i386', '2.6.18-x86_64'] as const)(
    '%s knows the names its form offers',
    async (profile) => {
      const session = await realSession();
      session.bootPristine({memory_mib: 256, profile});
      const {flags, composites} = gfpTableOf(profile);
      for (const {name, value} of [...flags, ...composites]) {
        expect(session.run({op: 'alloc_pages', gfp: name, order: 0}).gfp, name).toBe(value);
      }
      expect(session.explain()?.sentence).not.toMatch(/Any|migratetype|Unmovable/);
      session.dispose();
    },
  );

  test('knows the GFP names that the face knows', async () => {
    const session = await pristine();
    for (const name of kGfpNames) {
      const step = session.run({op: 'alloc_pages', gfp: name, order: 0});
      expect([step.gfp, step.gfpNames]).toEqual([parseGfp(name), formatGfp(parseGfp(name))]);
    }
    session.dispose();
  });

  test.each([
    [{memory_mib: 1}, 'memory_mib'],
    [{memory_mib: Number.NaN}, 'memory_mib'],
    [{memory_mib: 64, cpus: 0}, 'cpus'],
    [{memory_mib: 64, cpus: 65}, 'cpus'],
    [{memory_mib: 64, thp: 'yes' as unknown as boolean}, 'thp'],
    [{}, 'memory_mib'],
    [{memory_mib: 64, max_order: 17}, 'max_order'],
    [{memory_mib: 64, min_free_kbytes: -1}, 'min_free_kbytes'],
    [{memory_mib: 64, profile: '2.4.0' as unknown as '6.1.192'}, 'profile'],
    [{memory_mib: 64, profile: '2.6.18-i386', thp: true}, 'thp'],
    [{memory: [{start_pfn: 4096, end_pfn: 4096}]}, 'memory'],
    [{memory_mib: 64, kernelcore: '32M'} as MachineConfig, 'kernelcore'],
  ] satisfies [MachineConfig, string][])('is not built from %j', async (config, field) => {
    const session = await realSession();
    const error = thrown(() => session.bootPristine(config)) as MachineConfigError;
    expect(error).toBeInstanceOf(MachineConfigError);
    expect(error.field).toBe(field);
    expect(session.length).toBe(0);
    session.dispose();
  });
});

describe('a machine of another kind', () => {
  test('runs the same script on Linux 2.6.18, whose first pages lie at the top', async () => {
    const script: UserCommand[] = [
      {op: 'alloc_pages', gfp: 'GFP_KERNEL', order: 0},
      {op: 'alloc_pages', gfp: 'GFP_ATOMIC', order: 2},
    ];
    const first: number[] = [];
    for (const profile of ['6.1.192', '2.6.18-i386', '2.6.18-x86_64'] as const) {
      const session = await realSession();
      session.bootPristine({memory_mib: 64, profile});
      for (const command of script) expect(session.run(command).pfnCount).toBe(1);
      expect([session.view().profile, session.verify()]).toEqual([profile, null]);
      session.seek(1);
      expect(session.explain()?.sentence).not.toBe('');
      first.push(...session.stepInfo(1).pfns);
      session.dispose();
    }
    expect(first).toEqual([4096, 15360, 15360]);
  });

  test('knows hot and cold lists, and refuses the names of later kernels', async () => {
    const session = await realSession();
    session.bootPristine({memory_mib: 64, profile: '2.6.18-i386'});
    session.run({op: 'alloc_pages', gfp: 'GFP_KERNEL|__GFP_COLD', order: 0});
    const {migratetypes, zones} = session.view();
    expect(migratetypes).toEqual(['Any']);
    expect(zones[1]?.pcp[0]).toMatchObject({high: 18, batch: 3, lists: [0, 0]});
    expect(session.procfs('/proc/zoneinfo')).toContain('cpu: 0 pcp: 1');
    const later = () => session.run({op: 'alloc_pages', gfp: '__GFP_RETRY_MAYFAIL', order: 0});
    expect(thrown(later)).toBeInstanceOf(UnknownGfpFlagError);
    const exact = () => session.run({op: 'alloc_pages_exact', gfp: 'GFP_KERNEL', bytes: 9000});
    expect(thrown(exact)).toBeInstanceOf(UnsupportedOperationError);
    session.dispose();
  });

  test('has two nodes, or bigger blocks', async () => {
    const session = await realSession();
    session.bootPristine({
      cpus: [1, 1],
      max_order: 13,
      memory: [
        {node: 0, start_pfn: 256, end_pfn: 16384},
        {node: 1, start_pfn: 16384, end_pfn: 32768},
      ],
    });
    expect(session.view().zones.map(({node, name}) => `${node} ${name}`)).toEqual([
      '0 DMA',
      '0 DMA32',
      '1 DMA32',
    ]);
    expect(session.run({op: 'alloc_pages', gfp: 'GFP_KERNEL', order: 12}).pfnCount).toBe(1);
    expect(session.verify()).toBeNull();
    session.dispose();
  });
});

describe('a mistake of the caller', () => {
  test.each([
    [{op: 'alloc_pages', gfp: 'GFP_KERNEL', order: 11}, OrderOutOfRangeError],
    [{op: 'alloc_pages', gfp: 'GFP_KERNAL', order: 0}, UnknownGfpFlagError],
    [{op: 'get_zeroed_page', gfp: 'GFP_HIGHUSER_MOVABLE|__GFP_RECLAIMABLE'}, GfpConflictError],
    [{op: '__free_pages', pfn: 0xfffffff0, order: 0}, PfnOutOfRangeError],
    [{op: 'free_hugepage', pfn: 4096, order: 0} as unknown as UserCommand, KmemError],
    [{op: 'alloc_pages', gfp: 'GFP_KERNEL'} as unknown as UserCommand, KmemError],
  ] satisfies [UserCommand, unknown][])(
    'is refused and changes nothing: %j',
    async (cmd, Class) => {
      const session = await pristine();
      const before = session.stateHash();
      expect(thrown(() => session.run(cmd))).toBeInstanceOf(Class);
      expect([session.stateHash(), session.step, session.length]).toEqual([before, 0, 0]);
      session.dispose();
    },
  );
});

describe("a mistake of the kernel's user", () => {
  test.each([
    [
      'a double free',
      0,
      0,
      2,
      /^"BUG: Bad page state": page frame .* was not freed, because it is/,
    ],
    [
      'a free with another order',
      0,
      2,
      1,
      /because it was handed out with order 0, not 2; nothing/,
    ],
    ['a free inside a block', 3, 0, 1, /because it is not the first page of an allocated block;/],
  ])('is reported and changes nothing: %s', async (_, order, freed, frees, sentence) => {
    const session = await pristine();
    const [first] = session.run({op: 'alloc_pages', gfp: 'GFP_KERNEL', order}).pfns;
    const pfn = first! + (order === 3 ? 1 : 0);
    for (let i = 1; i < frees; i += 1) session.run({op: '__free_pages', pfn, order});
    const before = session.stateHash();
    session.run({op: '__free_pages', pfn, order: freed});
    expect(session.events().map((event) => event.name)).toEqual(['bad_page']);
    expect(session.explain()?.sentence).toMatch(sentence);
    expect([session.stateHash(), session.verify()]).toEqual([before, null]);
    session.dispose();
  });
});

describe('a recording of the real kernel', () => {
  test('matches at every step, forward and backward', async () => {
    const session = await realSession();
    const path = recordingPath('debian/mixed-1');
    await session.openRecording(readFileSync(path), path);
    expect(session.verifyRecording()).toEqual({
      operations: 10171,
      matched: 10171,
      dumps: 11,
      dumpsMatched: 11,
      learnt: {slabs: 0, starts: 0},
      first: null,
    });
    const end = session.stateHash();
    session.seek(5000);
    const middle = session.stateHash();
    session.seek(session.length);
    expect(session.stateHash()).toBe(end);
    session.seek(5000);
    expect([session.stateHash(), session.verify()]).toEqual([middle, null]);
    expect(session.view()).toMatchObject({step: 5000, compared: 5000, matched: 5000});
    session.dispose();
  });

  test('is explained without losing one event', async () => {
    const session = await realSession();
    const path = recordingPath('debian/frag-1');
    await session.openRecording(readFileSync(path), path);
    // Steps next to each other: the ends of the run are where memory is short.
    for (let step = session.length - 900; step <= session.length; step += 1) {
      session.seek(step);
      const {sentence, path} = session.explain()!;
      expect(sentence).toMatch(/^["A-Z].*\.$/);
      expect(leaves(path)).toBe(session.events().length);
      expect(session.eventsLost()).toBe(0);
    }
    session.dispose();
  });

  test('forks when the user runs a call in its middle', async () => {
    const session = await realSession();
    const path = recordingPath('debian/pcp-1');
    await session.openRecording(readFileSync(path), path);
    session.seek(100);
    session.run({op: 'drain_local_pages'});
    expect([session.step, session.length]).toEqual([101, 101]);
    expect(session.stepInfo(101)).toMatchObject({op: 'drain_local_pages', matches: null, line: 0});
    expect(session.stepInfo(100).matches).toBe(true);
    session.dispose();
  });

  test('gives lists that agree with the counts of the view', async () => {
    const session = await realSession();
    const path = recordingPath('debian/migr-1-2zone');
    await session.openRecording(readFileSync(path), path);
    session.seek(9000);
    for (const zone of session.view().zones) {
      const free = zone.freeBlocks.map((types, order) =>
        types.map((_, type) => session.freeList(zone.index, order, type).length),
      );
      expect(free).toEqual(zone.freeBlocks);
      for (const {cpu, lists} of zone.pcp) {
        const found = lists.map((_, list) => session.pcpList(zone.index, cpu, list).length);
        expect(found).toEqual(lists);
      }
    }
    const frames = session.view().sections.reduce((sum, section) => sum + section.frames, 0);
    expect(session.frameStates()).toHaveLength(frames);
    session.dispose();
  });
});
