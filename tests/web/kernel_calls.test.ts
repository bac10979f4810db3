// Goal: the calls of the object allocator as functions give what the kernel's give, and mempools
// are told in words.
// Method: real calls on a small pristine machine; its memory is used up for the reserve's sake.
import {afterAll, beforeEach, describe, expect, test} from 'vitest';
import {
  CommandFormatError,
  kernel,
  mempool,
  type Session,
  UnknownCacheError,
  UnknownPoolError,
} from '../../web/src/engine/index.ts';
import {realSession} from './real_engine.ts';

let session: Session;
beforeEach(async () => {
  session = await realSession();
  session.bootPristine({memory_mib: 64});
});
afterAll(() => session.dispose());

const kKernel = 'GFP_KERNEL';

/** What the last call did, without the numbers of frames. */
function told(): string {
  const explained = session.explain();
  for (const {title} of explained?.path ?? []) expect(title).not.toBe('');
  return (explained?.sentence ?? '').replaceAll(/pfn 0x[0-9a-f]+ \+ \d+/g, 'OBJECT');
}

describe('objects', () => {
  test('of kmalloc and its family', () => {
    const {kmalloc, krealloc, ksize, kmalloc_array} = kernel;
    expect(kmalloc(session, 0, kKernel)).toEqual({offset: 16});
    const object = kernel.kzalloc(session, 100, kKernel);
    expect(ksize(session, object)).toBe(128);
    expect(krealloc(session, object, 128, kKernel)).toEqual(object);
    expect(krealloc(session, object, 5_000_000, kKernel)).toBeNull();
    const moved = kernel.krealloc_array(session, object, 10, 30, kKernel);
    expect(ksize(session, moved)).toBe(512);
    expect(kmalloc_array(session, Number.MAX_SAFE_INTEGER, 4096, kKernel)).toBeNull();
    expect(kernel.kcalloc(session, 0, 8, kKernel)).toEqual({offset: 16});
    expect(kernel.kmalloc_size_roundup(session, 2 ** 40 + 1)).toBe(2 ** 41);
    kernel.kfree_sensitive(session, moved);
    kernel.kfree(session, null);
    expect(ksize(session, null)).toBe(0);
    expect(() => kmalloc_array(session, 0.5, 8, kKernel)).toThrow(CommandFormatError);
    expect(() => kernel.kmalloc_size_roundup(session, -1)).toThrow(CommandFormatError);
    expect(session.verify()).toBeNull();
  });

  test('of caches', () => {
    session.run({op: 'kmem_cache_create', cache: 't', size: 512});
    const object = kernel.kmem_cache_zalloc(session, 't', kKernel);
    const other = kernel.kmem_cache_alloc(session, 't', kKernel);
    if (object === null || other === null) throw new Error('no memory');
    const objects = kernel.kmem_cache_alloc_bulk(session, 't', kKernel, 20);
    expect(objects).toHaveLength(20);
    kernel.kmem_cache_free(session, 't', object);
    kernel.kmem_cache_free_bulk(session, 't', objects.slice(0, 10));
    kernel.kfree_bulk(session, [other, ...objects.slice(10)]);
    session.run({op: 'kmem_cache_destroy', cache: 't'});
    expect(told()).toContain('all its slabs went back');
    expect(() => kernel.kmem_cache_alloc(session, 't', kKernel)).toThrow(UnknownCacheError);
    expect(session.run({op: 'kmem_cache_create', cache: 'big', size: 5_000_000}).log).toEqual([
      'kmem_cache_create_usercopy(big) failed with error -22',
    ]);
  });
});

describe('mempools', () => {
  test('of pages, when memory is short', () => {
    expect(mempool.mempool_create_page_pool(session, 30_000, 0)).toBeNull();
    expect(told()).toContain('gave NULL: no memory for 30000 elements');
    const pool = mempool.mempool_create_page_pool(session, 2, 0);
    expect(pool).toBe(1);
    expect(told()).toBe('Mempool 1 keeps 2 elements back.');
    const take = (gfp = kKernel) => mempool.mempool_alloc(session, 1, gfp);
    const first = take();
    expect(told()).toContain('so the reserve is not touched');
    const all = {op: 'alloc_pages', gfp: 'GFP_ATOMIC|__GFP_MEMALLOC', order: 0} as const;
    while (session.run(all).pfnCount > 0);
    expect(take()).not.toBeNull();
    expect(told()).toContain('the reserve gives its last one');
    take();
    expect(take()).toBeNull();
    expect(told()).toContain('the kernel would wait for a free');
    expect(session.explain()?.path.at(-1)).toMatchObject({
      kind: 'fail',
      title: 'mempool would wait',
    });
    expect(take('GFP_NOWAIT')).toBeNull();
    expect(told()).toContain('must not wait: NULL');
    if (first === null) throw new Error('no memory');
    mempool.mempool_free(session, first, 1);
    expect(told()).toContain('keeps this one (1 of 2 elements in the reserve)');
    mempool.mempool_free(session, first, 1);
    expect(told()).toContain('a double free');
    mempool.mempool_destroy(session, 1);
    expect(told()).toBe('Mempool 1 is gone; 1 element of its reserve went back.');
    expect(() => take()).toThrow(UnknownPoolError);
    expect(session.verify()).toBeNull();
  });

  test('of objects', () => {
    session.run({op: 'kmem_cache_create', cache: 't', size: 100});
    expect(mempool.mempool_create_slab_pool(session, 3, 't')).toBe(0);
    expect(mempool.mempool_create_kmalloc_pool(session, 3, 100)).toBe(1);
    mempool.mempool_resize(session, 0, 5);
    expect(told()).toContain('3 elements before, now 5 of 5 elements in the reserve');
    const element = mempool.mempool_alloc(session, 0, kKernel);
    if (element === null) throw new Error('no memory');
    mempool.mempool_free(session, element, 0);
    expect(told()).toContain('the reserve is full');
    expect(() => mempool.mempool_alloc(session, 0, 'GFP_KERNEL|__GFP_ZERO')).toThrow(
      CommandFormatError,
    );
  });
});
