// Goal: numbers, links and calls survive the way to text and back; foreign text is refused kindly.
import {describe, expect, it} from 'vitest';
import {countFrames} from '../../web/src/engine/frame_counts.ts';
import {kMigratetypes, type StepInfo} from '../../web/src/engine/model.ts';
import {CallSyntaxError, formatCall, parseCall, resultOf} from '../../web/src/page/call_text.ts';
import {formatLink, parseLink} from '../../web/src/page/permalink.ts';
import {bundled} from '../../web/src/page/sources.ts';
import {directMapAddress, memoryText, parsePfn, splitAtPfns} from '../../web/src/render/format.ts';
import {describeFrame, describeFrames} from '../../web/src/render/frame_text.ts';
import {colourOf, contrast, kMapInk, paletteTable} from '../../web/src/render/palette.ts';

describe('frame numbers in text', () => {
  it('reads what people write', () => {
    expect(parsePfn('0x10039e')).toBe(0x10039e);
    expect(parsePfn('pfn:0x1a8')).toBe(0x1a8);
    expect(parsePfn(' 1049502 ')).toBe(1_049_502);
    expect(parsePfn('0xffff88810039e000')).toBe(0x10039e);
    for (const wrong of ['', 'zebra', '-1', '1.5', '0x', '0xffff000000000000']) {
      expect(parsePfn(wrong)).toBeNull();
    }
  });

  it('finds them in a sentence', () => {
    const parts = splitAtPfns('Split order-3 block 0x1a8 of page frame 0x10; flags 0xcc0, pfn=12.');
    const links = parts.flatMap((part) => (part.kind === 'pfn' ? [part.pfn] : []));
    expect(links).toEqual([0x1a8, 0x10, 12]);
    expect(parts.map((part) => part.text).join('')).toContain('flags 0xcc0');
  });

  it('prints addresses and sizes', () => {
    expect(directMapAddress(0x10039e)).toBe('0xffff88810039e000');
    expect(directMapAddress(0x10039e, 64)).toBe('0xffff88810039e040');
    expect([1, 1024, 1536, 262_144].map(memoryText)).toEqual(['4 KiB', '4 MiB', '6 MiB', '1 GiB']);
  });
});

/** What a step of a call that gave nothing says. */
const kAnswer: Pick<StepInfo, 'pfns' | 'pfnCount' | 'offset' | 'address' | 'objects' | 'bytes'> = {
  pfns: [],
  pfnCount: 0,
  offset: 0,
  address: '',
  objects: [],
  bytes: null,
};

describe('calls as text', () => {
  it('are read as they are written', () => {
    for (const text of [
      'alloc_pages(GFP_KERNEL|__GFP_ZERO, 3)',
      '__get_free_pages(GFP_ATOMIC, 0)',
      'get_zeroed_page(GFP_KERNEL)',
      'alloc_pages_exact(20480, GFP_KERNEL)',
      '__free_pages(0x10039e, 1)',
      'free_pages_exact(0x10039e, 20480)',
      'alloc_pages_bulk(GFP_KERNEL, 16)',
      'get_page(0x10039e)',
      'put_page(0x10039e)',
      'split_page(0x10039e, 3)',
      'memset(0x10039e, 107, 64)',
      'vmalloc(20480)',
      'vzalloc(1)',
      'vfree(0xffffc90000001000)',
      'vfree(NULL)',
      'drain_local_pages()',
      'kzalloc(64, GFP_KERNEL)',
      'kcalloc(4, 16, GFP_KERNEL)',
      'kmalloc_array(9007199254740991, 4294967295, GFP_KERNEL)',
      'krealloc(0x10039e + 64, 100, GFP_KERNEL)',
      'krealloc_array(NULL, 4, 100, GFP_KERNEL)',
      'ksize(0x10039e + 64)',
      'kmalloc_size_roundup(5000000000)',
      'kfree_sensitive(ZERO_SIZE_PTR)',
      'kfree_bulk(2, {0x10039e + 64, 0x10039f + 0})',
      'kmem_cache_create("t", 64, 0, 0, fill_0x07)',
      'kmem_cache_zalloc(t, GFP_KERNEL)',
      'kmem_cache_alloc_bulk(t, GFP_KERNEL, 16, objects)',
      'kmem_cache_free_bulk(t, 1, {0x10039e + 0})',
      'mempool_create_slab_pool(4, t)',
      'mempool_create_kmalloc_pool(4, 100)',
      'mempool_create_page_pool(4, 1)',
      'mempool_alloc(pool_0, GFP_KERNEL)',
      'mempool_free(0x10039e + 64, pool_0)',
      'mempool_resize(pool_1, 8)',
      'mempool_destroy(pool_0)',
    ]) {
      expect(formatCall(parseCall(text))).toBe(text);
    }
  });

  it('say what they gave as kernel code would see it', () => {
    const page = {...kAnswer, pfns: [0x10039e], pfnCount: 1};
    const nothing = kAnswer;
    const given = (call: string, result: typeof kAnswer) => resultOf(parseCall(call), result);
    expect(given('alloc_pages(GFP_KERNEL, 0)', page)).toBe('page of pfn 0x10039e');
    expect(given('alloc_pages(GFP_KERNEL, 0)', nothing)).toBe('NULL');
    expect(given('alloc_pages_bulk(GFP_KERNEL, 2)', {...page, pfnCount: 2})).toBe('2 pages');
    expect(given('get_zeroed_page(GFP_KERNEL)', page)).toBe('0xffff88810039e000');
    expect(given('kmalloc(64, GFP_KERNEL)', {...page, offset: 0x40})).toBe('0xffff88810039e040');
    expect(given('kmalloc(64, GFP_KERNEL)', nothing)).toBe('NULL');
    expect(given('vmalloc(1)', {...page, address: '0xffffc90000001000'})).toBe(
      '0xffffc90000001000',
    );
    expect(given('vmalloc(0)', {...nothing, address: 'NULL'})).toBe('NULL');
    expect(given('kmalloc(0, GFP_KERNEL)', {...nothing, offset: 16})).toBe('ZERO_SIZE_PTR');
  });

  it('take objects without their number, and a constructor as its byte', () => {
    const objects = [
      {pfn: 0x10, offset: 64},
      {pfn: 0x11, offset: 0},
    ];
    expect(parseCall('kfree_bulk(0x10 + 64, 0x11)')).toEqual({op: 'kfree_bulk', objects});
    expect(parseCall('kfree_bulk({})')).toEqual({op: 'kfree_bulk', objects: []});
    expect(parseCall('kmem_cache_create(t, 8, 0, 0, 255)')).toMatchObject({ctor: 255});
    expect(() => parseCall('kmem_cache_create(t, 8, 0, 0, f)')).toThrow(CallSyntaxError);
    expect(() => parseCall('kfree_bulk(zebra)')).toThrow(CallSyntaxError);
    expect(() => parseCall('kmalloc_array(9007199254740993, 1, GFP_KERNEL)')).toThrow(
      CallSyntaxError,
    );
  });

  it('say how many objects or bytes there are', () => {
    const objects = [
      {pfn: 1, offset: 0},
      {pfn: 1, offset: 64},
    ];
    const bulk = parseCall('kmem_cache_alloc_bulk(t, GFP_KERNEL, 2)');
    expect(resultOf(bulk, {...kAnswer, objects})).toBe('2 objects');
    expect(resultOf(bulk, kAnswer)).toBe('NULL');
    expect(resultOf(parseCall('ksize(0x10)'), {...kAnswer, bytes: 96})).toBe('96 bytes');
  });

  it('take a byte as C writes it', () => {
    expect(parseCall('memset(0x10, 0x6b, 64)')).toEqual(parseCall('memset(16, 107, 64)'));
  });

  it('are refused when they are none', () => {
    for (const text of [
      '',
      'malloc(1)',
      'vmalloc()',
      'vfree(12)',
      'vfree(0x)',
      'alloc_pages(1)',
      '__free_pages(x, 0)',
      'memset(1, 2)',
      'get_page(1, 0)',
    ]) {
      expect(() => parseCall(text), text).toThrow(CallSyntaxError);
    }
  });
});

describe('links', () => {
  it('hold a moment', () => {
    const state = {
      source: bundled('seq-1'),
      step: 40,
      run: [parseCall('alloc_pages(GFP_KERNEL, 3)'), parseCall('drain_local_pages()')],
      pfn: 0x10039e,
    };
    const hash = formatLink(state);
    expect(hash).toBe(
      'recording=seq-1&step=40&run=alloc_pages(GFP_KERNEL,3);drain_local_pages()&sel=pfn:0x10039e',
    );
    expect(parseLink(`#${hash}`)).toEqual({...state, problems: []});
  });

  it('hold a pristine machine', () => {
    const state = parseLink('#pristine=1024&cpus=4');
    expect(state.source).toEqual({kind: 'pristine', config: {memory_mib: 1024, cpus: 4}});
    expect(formatLink(state)).toBe('pristine=1024&cpus=4');
  });

  it('hold every setting of a pristine machine', () => {
    const config = {
      memory: [{node: 0, start_pfn: 0, end_pfn: 65536}],
      cpus: [2],
      profile: '2.6.18-i386',
      min_free_kbytes: 2048,
    } as const;
    const source = {kind: 'pristine', config} as const;
    const link = formatLink({source, step: 0, run: [], pfn: null});
    expect(parseLink(link)).toMatchObject({source, problems: []});
    expect(parseLink('#pristine=64&config=[1]').problems).toEqual(['config is not a JSON object']);
  });

  it('say what they do not understand', () => {
    const link = parseLink('#recording=nope&step=x&sel=pfn:y&run=rm(1)&%E0%A4%A');
    expect(link.source).toBeNull();
    expect(link.problems).toHaveLength(4);
  });
});

describe('the palette', () => {
  const states = [0x02, 0x12, 0x22, 0x03, 0x13, 0x23, 0x04, 0x14, 0x24, 0x01, 0x00];

  it('gives every state its own colour in both themes', () => {
    for (const theme of ['light', 'dark'] as const) {
      const colours = new Set(states.map((state) => colourOf(state, theme).join()));
      expect(colours.size).toBe(states.length);
      const table = paletteTable(theme);
      expect(table[0x82]).toBe(table[0x02]);
    }
  });

  it('keeps labels readable on every block', () => {
    const rgb = (hex: string) =>
      [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
    for (const theme of ['light', 'dark'] as const) {
      for (const type of [0, 1, 2, 3, 4]) {
        const free = colourOf(0x02 | (type << 4), theme);
        const full = colourOf(0x04 | (type << 4), theme);
        expect(contrast(rgb(kMapInk[theme].text), free)).toBeGreaterThan(4.5);
        expect(contrast(rgb(kMapInk[theme].onStrong), full)).toBeGreaterThan(3);
      }
    }
  });
});

describe('frames in words', () => {
  it('are counted and described', () => {
    const counts = countFrames(Uint8Array.from([0x82, 0x02, 0x93, 0x84, 0x01, 0x00]));
    expect(counts.free[0]).toBe(2);
    expect(counts.pcp[1]).toBe(1);
    expect(describeFrames(counts)).toBe(
      'Map of 5 page frames (20 KiB): 2 free, 1 on per-CPU lists, 1 handed out, ' +
        '1 in use since the start.',
    );
    expect(describeFrame(5, 0x12, {pfn: 4, order: 1}, kMigratetypes)).toBe(
      'pfn 0x5 · free · Movable · order 1, block at 0x4',
    );
    expect(describeFrame(5, 0x02, null, ['Any'])).toBe('pfn 0x5 · free');
    expect(describeFrame(5, 0x01, null, kMigratetypes)).toBe('pfn 0x5 · in use since the start');
  });
});
