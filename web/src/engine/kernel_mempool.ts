/**
 * Mempools as functions with the kernel's names and arguments, the machine first; what
 * kernel_calls.ts says of errors and places holds here too.
 */
import {type KernelPointer, pointerOf} from './kernel_calls.ts';
import type {MempoolCommand, ObjectAddress} from './model.ts';
import type {Session} from './session.ts';

/** Number of the pool, or NULL when its reserve could not be filled. */
function create(session: Session, command: MempoolCommand): number | null {
  const {pool} = session.run(command);
  const made = session
    .events()
    .some((event) => event.name === 'mempool_create' && event.made === 1);
  return made ? pool : null;
}

/**
 * A pool that keeps `minNr` objects of a cache back, 1 to 65536.
 * @kernel mempool_create_slab_pool(), include/linux/mempool.h
 */
export function mempool_create_slab_pool(
  session: Session,
  minNr: number,
  cache: string,
): number | null {
  return create(session, {op: 'mempool_create_slab_pool', min_nr: minNr, cache});
}

/**
 * A pool that keeps `minNr` objects of kmalloc() back, `bytes` bytes each.
 * @kernel mempool_create_kmalloc_pool(), include/linux/mempool.h
 */
export function mempool_create_kmalloc_pool(
  session: Session,
  minNr: number,
  bytes: number,
): number | null {
  return create(session, {op: 'mempool_create_kmalloc_pool', min_nr: minNr, bytes});
}

/**
 * A pool that keeps `minNr` blocks of 2^order pages back.
 * @kernel mempool_create_page_pool(), include/linux/mempool.h
 */
export function mempool_create_page_pool(
  session: Session,
  minNr: number,
  order: number,
): number | null {
  return create(session, {op: 'mempool_create_page_pool', min_nr: minNr, order});
}

/**
 * An element: of the allocator, else of the reserve. NULL too where the kernel would wait.
 * @throws {CommandFormatError} with __GFP_ZERO: elements of the reserve are not zeroed.
 * @kernel mempool_alloc(), mm/mempool.c
 */
export function mempool_alloc(session: Session, pool: number, gfp: string): KernelPointer {
  return pointerOf(session.run({op: 'mempool_alloc', pool, gfp}));
}

/**
 * Gives an element back, to the reserve first.
 * @kernel mempool_free(), mm/mempool.c
 */
export function mempool_free(session: Session, element: ObjectAddress, pool: number): void {
  session.run({op: 'mempool_free', pool, ...element});
}

/**
 * Changes how many elements the reserve shall have, 1 to 65536.
 * @kernel mempool_resize(), mm/mempool.c
 */
export function mempool_resize(session: Session, pool: number, minNr: number): void {
  session.run({op: 'mempool_resize', pool, min_nr: minNr});
}

/**
 * Frees the reserve; elements in use stay with their users.
 * @kernel mempool_destroy(), mm/mempool.c
 */
export function mempool_destroy(session: Session, pool: number): void {
  session.run({op: 'mempool_destroy', pool});
}
