/**
 * Calls of the object allocator as functions with the kernel's names and arguments, the machine
 * first. Each makes one step of the session's timeline. What the kernel would only warn about, or
 * refuse to free, changes nothing and is told by {@link Session.explain}.
 *
 * Sizes are bytes. Objects are places: the first frame of a slab or block and bytes from there;
 * NULL is `null`, and ZERO_SIZE_PTR has no `pfn` and the offset 16. GFP flags are names joined by
 * `|`. Every function throws {@link CommandFormatError} for a number that is none and
 * {@link UnsupportedOperationError} on Linux 2.6.18; `gfp` may give {@link UnknownGfpFlagError}, a
 * place without memory {@link PfnOutOfRangeError}, a cache that does not exist
 * {@link UnknownCacheError} and a mempool that does not exist {@link UnknownPoolError}.
 */
import type {ObjectAddress, SlabCommand, StepInfo} from './model.ts';
import type {Session} from './session.ts';

/** A place, or NULL. */
export type KernelPointer = ObjectAddress | null;

/** What a step gave, as kernel code would see it. */
export function pointerOf({pfns, offset}: StepInfo): KernelPointer {
  const [pfn] = pfns;
  if (pfn !== undefined) return {pfn, offset};
  return offset > 0 ? {offset} : null;
}

const call = (session: Session, command: SlabCommand): KernelPointer =>
  pointerOf(session.run(command));

/**
 * An object of `bytes` bytes; 0 bytes give ZERO_SIZE_PTR, more than 4 MiB NULL.
 * @kernel kmalloc(), include/linux/slab.h
 */
export function kmalloc(session: Session, bytes: number, gfp: string): KernelPointer {
  return call(session, {op: 'kmalloc', bytes, gfp});
}

/**
 * The same with all bytes 0.
 * @kernel kzalloc(), include/linux/slab.h
 */
export function kzalloc(session: Session, bytes: number, gfp: string): KernelPointer {
  return call(session, {op: 'kzalloc', bytes, gfp});
}

/**
 * `count` elements of `bytes` bytes; NULL when 64 bits cannot hold the product.
 * @kernel kmalloc_array(), include/linux/slab.h
 */
export function kmalloc_array(
  session: Session,
  count: number,
  bytes: number,
  gfp: string,
): KernelPointer {
  return call(session, {op: 'kmalloc_array', count, bytes, gfp});
}

/**
 * The same with all bytes 0.
 * @kernel kcalloc(), include/linux/slab.h
 */
export function kcalloc(
  session: Session,
  count: number,
  bytes: number,
  gfp: string,
): KernelPointer {
  return call(session, {op: 'kcalloc', count, bytes, gfp});
}

/**
 * The object with at least `bytes` bytes: the same one, or another with its contents. 0 bytes free
 * it. NULL leaves it as it was.
 * @kernel krealloc(), mm/slab_common.c
 */
export function krealloc(
  session: Session,
  object: KernelPointer,
  bytes: number,
  gfp: string,
): KernelPointer {
  return call(session, {op: 'krealloc', ...object, bytes, gfp});
}

/**
 * krealloc() for `count` elements of `bytes` bytes.
 * @kernel krealloc_array(), include/linux/slab.h
 */
export function krealloc_array(
  session: Session,
  object: KernelPointer,
  count: number,
  bytes: number,
  gfp: string,
): KernelPointer {
  return call(session, {op: 'krealloc_array', ...object, count, bytes, gfp});
}

/**
 * Frees an object; NULL and ZERO_SIZE_PTR are fine.
 * @kernel kfree(), mm/slab_common.c
 */
export function kfree(session: Session, object: KernelPointer): void {
  call(session, {op: 'kfree', ...object});
}

/**
 * The same, after its bytes became 0.
 * @kernel kfree_sensitive(), mm/slab_common.c
 */
export function kfree_sensitive(session: Session, object: KernelPointer): void {
  call(session, {op: 'kfree_sensitive', ...object});
}

/**
 * Frees 1 to 65536 objects of any caches.
 * @kernel kfree_bulk(), include/linux/slab.h
 */
export function kfree_bulk(session: Session, objects: readonly ObjectAddress[]): void {
  call(session, {op: 'kfree_bulk', objects});
}

/**
 * Bytes that belong to the user of an object; 0 for NULL and ZERO_SIZE_PTR.
 * @kernel ksize(), mm/slab_common.c
 */
export function ksize(session: Session, object: KernelPointer): number {
  return session.run({op: 'ksize', ...object}).bytes ?? 0;
}

/**
 * Bytes that kmalloc() would give for `bytes`, which may be up to Number.MAX_SAFE_INTEGER.
 * @kernel kmalloc_size_roundup(), mm/slab_common.c
 */
export function kmalloc_size_roundup(session: Session, bytes: number): number {
  return session.run({op: 'kmalloc_size_roundup', bytes}).bytes ?? 0;
}

/**
 * An object of a cache.
 * @kernel kmem_cache_alloc(), mm/slub.c
 */
export function kmem_cache_alloc(session: Session, cache: string, gfp: string): KernelPointer {
  return call(session, {op: 'kmem_cache_alloc', cache, gfp});
}

/**
 * The same with all bytes 0.
 * @kernel kmem_cache_zalloc(), include/linux/slab.h
 */
export function kmem_cache_zalloc(session: Session, cache: string, gfp: string): KernelPointer {
  return call(session, {op: 'kmem_cache_zalloc', cache, gfp});
}

/**
 * Gives an object back to its cache.
 * @kernel kmem_cache_free(), mm/slub.c
 */
export function kmem_cache_free(session: Session, cache: string, object: ObjectAddress): void {
  call(session, {op: 'kmem_cache_free', cache, ...object});
}

/**
 * 1 to 65536 objects, or none at all.
 * @kernel kmem_cache_alloc_bulk(), mm/slub.c
 */
export function kmem_cache_alloc_bulk(
  session: Session,
  cache: string,
  gfp: string,
  count: number,
): readonly ObjectAddress[] {
  return session.run({op: 'kmem_cache_alloc_bulk', cache, gfp, count}).objects;
}

/**
 * Gives 1 to 65536 objects back, those of one slab together.
 * @kernel kmem_cache_free_bulk(), mm/slub.c
 */
export function kmem_cache_free_bulk(
  session: Session,
  cache: string,
  objects: readonly ObjectAddress[],
): void {
  call(session, {op: 'kmem_cache_free_bulk', cache, objects});
}
