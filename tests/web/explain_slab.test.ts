// Goal: what SLAB does is told in words, and no event of a call is left out.
// Method: real calls on a pristine machine with SLAB, whole sentences; the paths have all events.
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Explanation} from '../../web/src/engine/explain.ts';
import type {Session} from '../../web/src/engine/session.ts';
import {parseCall} from '../../web/src/page/call_text.ts';
import {realSession} from './real_engine.ts';

let session: Session;
beforeAll(async () => {
  session = await realSession();
  session.bootPristine({memory_mib: 64, slab_allocator: 'SLAB'});
});
afterAll(() => session.dispose());

function explained(): Explanation {
  const explanation = session.explain();
  if (explanation === null) throw new Error('no step has run');
  return explanation;
}

/** Makes a call as text and tells what happened, without the numbers of frames. */
function told(call: string): string {
  session.run(parseCall(call));
  return explained()
    .sentence.replaceAll(/0x[0-9a-f]+ \+ \d+/g, 'OBJECT')
    .replaceAll(/0x[0-9a-f]+/g, 'PFN');
}

/** The object that a step allocated, as a call names it. */
function objectOf(step: number): string {
  const {pfns, offset} = session.stepInfo(step);
  return `pfn 0x${pfns[0]?.toString(16)} + ${offset}`;
}

describe('calls of SLAB', () => {
  test('kmalloc and kfree', () => {
    expect(told('kmalloc(100, GFP_KERNEL)')).toBe(
      '100 bytes fit the 128-byte cache; object OBJECT was handed out: this CPU’s array was ' +
        'empty and its node had no free object, so the page frame PFN became a slab of 32, of ' +
        'which 16 went to the array.',
    );
    expect(explained().path.map((step) => step.title)).toEqual(
      expect.arrayContaining(['A new slab', 'Lists of node 0', 'This CPU’s array']),
    );
    const object = objectOf(session.length);
    expect(told('kmalloc(1, GFP_KERNEL)')).toContain('1 bytes fit the 32-byte cache');
    expect(told('kmalloc(128, GFP_KERNEL)')).toContain('it was on top of this CPU’s array');
    expect(told(`kfree(${object})`)).toBe(
      'Freed object OBJECT to the top of this CPU’s array, from which it is taken first.',
    );
    expect(told(`kfree(${object})`)).toContain('a double free');
    expect(told('kfree(NULL)')).toContain('nothing to free');
  });

  test('a full array is flushed, and slabs go back', () => {
    told('kmem_cache_create("t", 8192, 0, 0)');
    const first = session.length + 1;
    for (let i = 0; i < 24; i += 1) told('kmem_cache_alloc(t, GFP_KERNEL)');
    const sentences = [];
    for (let i = 0; i < 24; i += 1) {
      sentences.push(told(`kmem_cache_free(t, ${objectOf(first + i)})`));
      for (const step of explained().path) expect(step.title).not.toBe('');
    }
    expect(sentences[8]).toBe(
      'Freed object OBJECT to the top of this CPU’s array; it was full, so the oldest 4 went to ' +
        'their slabs.',
    );
    expect(sentences).toContainEqual(expect.stringContaining('slabs to the page allocator'));
    expect(told('kmem_cache_alloc(t, GFP_KERNEL)')).toContain('on top of this CPU’s array');
    expect(told('kmem_cache_shrink(t)')).toMatch(/empty slabs went back to the page allocator, 1 /);
    expect(told('kmem_cache_alloc(t, GFP_KERNEL)')).toContain('became a slab of 1');
  });

  test('objects of several slabs of the node', () => {
    told('kmem_cache_create("u", 2048, 0, 0)');
    const first = session.length + 1;
    for (let i = 0; i < 60; i += 1) told('kmem_cache_alloc(u, GFP_KERNEL)');
    for (let i = 0; i < 36; i += 1) told(`kmem_cache_free(u, ${objectOf(first + i)})`);
    for (let i = 0; i < 24; i += 1) told('kmem_cache_alloc(u, GFP_KERNEL)');
    expect(told('kmem_cache_alloc(u, GFP_KERNEL)')).toMatch(/array got \d+ from \d+ slabs? of its/);
  });

  test('/proc/slabinfo has the tunables', () => {
    expect(session.procfs('/proc/slabinfo')).toMatch(
      /\nkmalloc-128 +\d+ +32 +128 +32 +1 : tunables +120 +60 +0 : slabdata +1 +1 +0\n/,
    );
    expect(session.verify()).toBeNull();
  });

  test('no third allocator', () => {
    const slob = {memory_mib: 64, slab_allocator: 'SLOB' as 'SLAB'};
    expect(() => session.bootPristine(slob)).toThrow('slab_allocator is "SLOB"');
  });
});
