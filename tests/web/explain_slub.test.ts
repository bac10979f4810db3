// Goal: what the object allocator does is told in words, and no event of a call is left out.
// Method: real calls on a pristine machine, whole sentences; the paths have all events.
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Explanation} from '../../web/src/engine/explain.ts';
import type {UserCommand} from '../../web/src/engine/model.ts';
import type {Session} from '../../web/src/engine/session.ts';
import {formatCall, parseCall} from '../../web/src/page/call_text.ts';
import {realSession} from './real_engine.ts';

let session: Session;
beforeAll(async () => {
  session = await realSession();
  session.bootPristine({memory_mib: 64});
});
afterAll(() => session.dispose());

/** Makes a call as text and tells what happened, without the numbers of frames. */
function told(call: string): string {
  const command = parseCall(call);
  expect(parseCall(formatCall(command))).toEqual(command);
  session.run(command);
  return explained()
    .sentence.replaceAll(/0x[0-9a-f]+ \+ \d+/g, 'OBJECT')
    .replaceAll(/0x[0-9a-f]+/g, 'PFN');
}

function explained(): Explanation {
  const explanation = session.explain();
  if (explanation === null) throw new Error('no step has run');
  return explanation;
}

function lastObject(): string {
  const step = session.stepInfo(session.length);
  return `0x${step.pfns[0]?.toString(16)} + ${step.offset}`;
}

describe('calls of the object allocator', () => {
  test('kmalloc and kfree', () => {
    expect(told('kmalloc(100, GFP_KERNEL)')).toBe(
      '100 bytes fit the 128-byte cache; object OBJECT was handed out: neither this CPU nor its ' +
        'node had a free one, so the page frame PFN became a slab of 32.',
    );
    const object = lastObject();
    expect(told('kmalloc(128, GFP_KERNEL)')).toContain('the head of this CPU’s own free list');
    expect(told(`kfree(pfn ${object})`)).toBe(
      'Freed object OBJECT to the head of this CPU’s own free list, where it is taken first.',
    );
    expect(told(`kfree(pfn ${object})`)).toContain('a double free');
    expect(explained().path.at(-1)?.kind).toBe('fail');
  });

  test('nothing, zero bytes, and more than any cache holds', () => {
    expect(told('kmalloc(0, GFP_KERNEL)')).toContain('ZERO_SIZE_PTR');
    expect(told('kfree(NULL)')).toContain('nothing to free');
    expect(told('kmalloc(10000, GFP_KERNEL)')).toBe(
      '10000 bytes are more than any cache holds, so the order-2 block PFN came straight from ' +
        'the page allocator.',
    );
    expect(told(`kfree(pfn ${lastObject()})`)).toContain('back to the page allocator');
  });

  test('a cache from beginning to end', () => {
    expect(told('kmem_cache_create("t", 1000, 0, SLAB_HWCACHE_ALIGN)')).toBe(
      'Made a cache: 1024 bytes for each object, 8 in a slab of order 1.',
    );
    for (let i = 0; i < 20; i += 1) told('kmem_cache_alloc(t, GFP_KERNEL)');
    const first = session.length - 19;
    const free = (step: number): string => {
      const {pfns, offset} = session.stepInfo(step);
      return told(`kmem_cache_free(t, pfn 0x${pfns[0]?.toString(16)} + ${offset})`);
    };
    expect(free(first)).toContain('joins this CPU’s chain');
    expect(told('kmem_cache_destroy(t)')).toContain('still has objects');
    expect(told('kmem_cache_shrink(t)')).toBe(
      '0 empty slabs went back to the page allocator, 3 stay.',
    );
    for (let step = first + 1; step < first + 20; step += 1) free(step);
    expect(told('kmem_cache_destroy(t)')).toContain('all its slabs went back');
    const refused: UserCommand = {op: 'kmem_cache_shrink', cache: 't'};
    expect(() => session.run(refused)).toThrow("there is no cache 't'");
  });

  test('the path has one step for each event', () => {
    told('kmalloc(3000, GFP_KERNEL)');
    const titles = explained().path.map((step) => step.title);
    expect(titles[0]).toBe('Size class');
    expect(titles.at(-1)).toBe('Tracepoint kmalloc');
    expect(titles).toContain('A new slab');
  });

  test('/proc/slabinfo', () => {
    const text = session.procfs('/proc/slabinfo');
    expect(text.split('\n')[0]).toBe('slabinfo - version: 2.1');
    expect(text).toMatch(/\nkmalloc-128 +32 +32 +128 +32 +1 : tunables/);
    expect(session.verify()).toBeNull();
  });
});
