/**
 * Calls of the object allocator as one line of text: `kmalloc(100, GFP_KERNEL)`,
 * `kfree(0x10039e + 64)`, `kmem_cache_create("t", 64, 0, SLAB_HWCACHE_ALIGN, NULL)`.
 */
import type {MempoolCommand, ObjectAddress, SlabCommand} from '../engine/model.ts';
import {isMempoolCall, isMempoolCommand} from '../engine/slab_calls.ts';
import {pfnText} from '../render/format.ts';
import {CallSyntaxError, numberOf, pfnOf} from './call_operands.ts';

/** How many arguments each call takes: as in C, and fewer where the last ones go without saying. */
const kArguments: Readonly<Record<SlabCommand['op'], readonly number[]>> = {
  kmalloc: [2],
  kzalloc: [2],
  kcalloc: [3],
  kmalloc_array: [3],
  krealloc: [3],
  krealloc_array: [4],
  ksize: [1],
  kmalloc_size_roundup: [1],
  kfree: [1],
  kfree_sensitive: [1],
  kfree_bulk: [2],
  kmem_cache_create: [3, 4, 5],
  kmem_cache_destroy: [1],
  kmem_cache_shrink: [1],
  validate_slab_cache: [1],
  write_bytes: [3],
  kmem_cache_alloc: [2],
  kmem_cache_zalloc: [2],
  kmem_cache_alloc_bulk: [3, 4],
  kmem_cache_free: [2],
  kmem_cache_free_bulk: [3],
  mempool_create_slab_pool: [2],
  mempool_create_kmalloc_pool: [2],
  mempool_create_page_pool: [2],
  mempool_alloc: [2],
  mempool_free: [2],
  mempool_resize: [2],
  mempool_destroy: [1],
};

/** What a call of the console's form takes, in the order of its arguments. */
export type SlabOperand =
  | 'bytes'
  | 'gfp'
  | 'object'
  | 'cache'
  | 'size'
  | 'align'
  | 'flags'
  | 'value'
  | 'ctor'
  | 'count'
  | 'objects'
  | 'order'
  | 'pool'
  | 'min_nr';
export const kSlabSignatures: Readonly<Record<SlabCommand['op'], readonly SlabOperand[]>> = {
  kmalloc: ['bytes', 'gfp'],
  kzalloc: ['bytes', 'gfp'],
  kcalloc: ['count', 'bytes', 'gfp'],
  kmalloc_array: ['count', 'bytes', 'gfp'],
  krealloc: ['object', 'bytes', 'gfp'],
  krealloc_array: ['object', 'count', 'bytes', 'gfp'],
  ksize: ['object'],
  kmalloc_size_roundup: ['bytes'],
  kfree: ['object'],
  kfree_sensitive: ['object'],
  kfree_bulk: ['objects'],
  kmem_cache_create: ['cache', 'size', 'align', 'flags', 'ctor'],
  kmem_cache_alloc: ['cache', 'gfp'],
  kmem_cache_zalloc: ['cache', 'gfp'],
  kmem_cache_alloc_bulk: ['cache', 'gfp', 'count'],
  kmem_cache_free: ['cache', 'object'],
  kmem_cache_free_bulk: ['cache', 'objects'],
  kmem_cache_shrink: ['cache'],
  kmem_cache_destroy: ['cache'],
  validate_slab_cache: ['cache'],
  write_bytes: ['object', 'value', 'bytes'],
  mempool_create_slab_pool: ['min_nr', 'cache'],
  mempool_create_kmalloc_pool: ['min_nr', 'bytes'],
  mempool_create_page_pool: ['min_nr', 'order'],
  mempool_alloc: ['pool', 'gfp'],
  mempool_free: ['object', 'pool'],
  mempool_resize: ['pool', 'min_nr'],
  mempool_destroy: ['pool'],
};

function objectText(object: ObjectAddress): string {
  if (object.pfn === undefined) return object.offset ? 'ZERO_SIZE_PTR' : 'NULL';
  return `${pfnText(object.pfn)} + ${object.offset ?? 0}`;
}

/** "2, {0x10039e + 0, 0x10039e + 64}" */
function objectsText(objects: readonly ObjectAddress[]): string {
  return `${objects.length}, {${objects.map(objectText).join(', ')}}`;
}

/** Constructors have no name here, but leave a byte that says who they are. */
function ctorText(ctor: number | undefined): string {
  return ctor === undefined ? 'NULL' : `fill_0x${ctor.toString(16).padStart(2, '0')}`;
}

function formatMempoolCall(command: MempoolCommand): string {
  switch (command.op) {
    case 'mempool_create_slab_pool':
      return `${command.op}(${command.min_nr}, ${command.cache})`;
    case 'mempool_create_kmalloc_pool':
      return `${command.op}(${command.min_nr}, ${command.bytes})`;
    case 'mempool_create_page_pool':
      return `${command.op}(${command.min_nr}, ${command.order})`;
    case 'mempool_alloc':
      return `mempool_alloc(pool_${command.pool}, ${command.gfp})`;
    case 'mempool_free':
      return `mempool_free(${objectText(command)}, pool_${command.pool})`;
    case 'mempool_resize':
      return `mempool_resize(pool_${command.pool}, ${command.min_nr})`;
    case 'mempool_destroy':
      return `mempool_destroy(pool_${command.pool})`;
  }
}

/** Writes a command as one line. */
export function formatSlabCall(command: SlabCommand): string {
  if (isMempoolCommand(command)) return formatMempoolCall(command);
  switch (command.op) {
    case 'kmalloc':
    case 'kzalloc':
      return `${command.op}(${command.bytes}, ${command.gfp})`;
    case 'kcalloc':
    case 'kmalloc_array':
      return `${command.op}(${command.count}, ${command.bytes}, ${command.gfp})`;
    case 'krealloc':
      return `krealloc(${objectText(command)}, ${command.bytes}, ${command.gfp})`;
    case 'krealloc_array': {
      const {count, bytes, gfp} = command;
      return `krealloc_array(${objectText(command)}, ${count}, ${bytes}, ${gfp})`;
    }
    case 'kmalloc_size_roundup':
      return `${command.op}(${command.bytes})`;
    case 'ksize':
    case 'kfree':
    case 'kfree_sensitive':
      return `${command.op}(${objectText(command)})`;
    case 'kfree_bulk':
      return `kfree_bulk(${objectsText(command.objects)})`;
    case 'kmem_cache_create': {
      const {cache, size, align = 0, flags = '0', ctor} = command;
      return `kmem_cache_create("${cache}", ${size}, ${align}, ${flags}, ${ctorText(ctor)})`;
    }
    case 'kmem_cache_destroy':
    case 'kmem_cache_shrink':
    case 'validate_slab_cache':
      return `${command.op}(${command.cache})`;
    case 'write_bytes':
      return `write_bytes(${objectText(command)}, ${command.value}, ${command.bytes})`;
    case 'kmem_cache_alloc':
    case 'kmem_cache_zalloc':
      return `${command.op}(${command.cache}, ${command.gfp})`;
    case 'kmem_cache_alloc_bulk': {
      const {cache, gfp, count} = command;
      return `kmem_cache_alloc_bulk(${cache}, ${gfp}, ${count}, objects)`;
    }
    case 'kmem_cache_free_bulk':
      return `kmem_cache_free_bulk(${command.cache}, ${objectsText(command.objects)})`;
    case 'kmem_cache_free':
      return `kmem_cache_free(${command.cache}, ${objectText(command)})`;
  }
}

/** `0x10039e + 64`, an address like `0xffff88810039e040`, `NULL` or `ZERO_SIZE_PTR`. */
function objectOf(written: string): ObjectAddress {
  const text = written.trim();
  if (text === 'NULL') return {};
  if (text === 'ZERO_SIZE_PTR') return {offset: 16};
  if (/^0xffff[0-9a-f]{12}$/i.test(text)) {
    return {pfn: pfnOf(text), offset: Number.parseInt(text.slice(-3), 16)};
  }
  const [frame = '', offset = '0'] = text.split('+').map((part) => part.trim());
  return {pfn: pfnOf(frame), offset: numberOf(offset, 'offset')};
}

/** `{0x10039e + 0, 0x10039e + 64}`, with or without the brackets. */
function objectsOf(text: string): readonly ObjectAddress[] {
  const inner = text.trim().replace(/^\{(.*)\}$/, '$1');
  return inner.trim() === '' ? [] : inner.split(',').map(objectOf);
}

/** `NULL` or nothing; `fill_0xc7`, or the byte alone. @returns what a command has of it. */
function ctorOf(text: string): {readonly ctor?: number} {
  const written = text.trim().replace(/^fill_/, '');
  if (written === 'NULL' || written === '') return {};
  if (/^0x[0-9a-f]{1,2}$/i.test(written)) return {ctor: Number(written)};
  return {ctor: numberOf(written, 'ctor')};
}

/** Whole numbers up to Number.MAX_SAFE_INTEGER. */
function bigNumberOf(text: string, what: string): number {
  const value = Number(text.trim());
  if (/^\d+$/.test(text.trim()) && Number.isSafeInteger(value)) return value;
  return numberOf(text, what);
}

/** `pool_0`, or the number alone. */
function poolOf(text: string): number {
  return numberOf(text.trim().replace(/^pool_/, ''), 'pool');
}

function mempoolCommandOf(op: MempoolCommand['op'], args: readonly string[]): MempoolCommand {
  const [first = '', second = ''] = args;
  switch (op) {
    case 'mempool_create_slab_pool':
      return {op, min_nr: numberOf(first, 'min_nr'), cache: second};
    case 'mempool_create_kmalloc_pool':
      return {op, min_nr: numberOf(first, 'min_nr'), bytes: numberOf(second, 'bytes')};
    case 'mempool_create_page_pool':
      return {op, min_nr: numberOf(first, 'min_nr'), order: numberOf(second, 'order')};
    case 'mempool_alloc':
      return {op, pool: poolOf(first), gfp: second};
    case 'mempool_free':
      return {op, pool: poolOf(second), ...objectOf(first)};
    case 'mempool_resize':
      return {op, pool: poolOf(first), min_nr: numberOf(second, 'min_nr')};
    case 'mempool_destroy':
      return {op, pool: poolOf(first)};
  }
}

function commandOf(op: SlabCommand['op'], args: readonly string[]): SlabCommand {
  if (isMempoolCall(op)) return mempoolCommandOf(op, args);
  const [first = '', second = '', third = '0', fourth = '0', fifth = 'NULL'] = args;
  switch (op) {
    case 'kmalloc':
    case 'kzalloc':
      return {op, bytes: numberOf(first, 'bytes'), gfp: second};
    case 'kcalloc':
    case 'kmalloc_array':
      return {
        op,
        count: bigNumberOf(first, 'count'),
        bytes: numberOf(second, 'bytes'),
        gfp: third,
      };
    case 'krealloc':
      return {op, ...objectOf(first), bytes: numberOf(second, 'bytes'), gfp: third};
    case 'krealloc_array':
      return {
        op,
        ...objectOf(first),
        count: bigNumberOf(second, 'count'),
        bytes: numberOf(third, 'bytes'),
        gfp: fourth,
      };
    case 'kmalloc_size_roundup':
      return {op, bytes: bigNumberOf(first, 'bytes')};
    case 'ksize':
    case 'kfree':
    case 'kfree_sensitive':
      return {op, ...objectOf(first)};
    case 'kfree_bulk':
      return {op, objects: objectsOf(second)};
    case 'kmem_cache_create':
      return {
        op,
        cache: first.replace(/^"(.*)"$/, '$1'),
        size: numberOf(second, 'size'),
        align: numberOf(third, 'align'),
        flags: fourth,
        ...ctorOf(fifth),
      };
    case 'kmem_cache_destroy':
    case 'kmem_cache_shrink':
    case 'validate_slab_cache':
      return {op, cache: first};
    case 'write_bytes':
      return {
        op,
        ...objectOf(first),
        value: numberOf(second, 'value'),
        bytes: numberOf(third, 'bytes'),
      };
    case 'kmem_cache_alloc':
    case 'kmem_cache_zalloc':
      return {op, cache: first, gfp: second};
    case 'kmem_cache_alloc_bulk':
      return {op, cache: first, gfp: second, count: numberOf(third, 'count')};
    case 'kmem_cache_free_bulk':
      return {op, cache: first, objects: objectsOf(third)};
    case 'kmem_cache_free':
      return {op, cache: first, ...objectOf(second)};
  }
}

/**
 * The objects of a bulk call are one argument, whatever commas are in it. How many they are, which
 * C wants to know too, may be left out.
 */
function gatherObjects(op: SlabCommand['op'], args: readonly string[]): readonly string[] {
  if (!kSlabSignatures[op].includes('objects')) return args;
  const before = op === 'kfree_bulk' ? 0 : 1;
  const counted = /^\d+$/.test(args[before] ?? '') && (args[before + 1] ?? '').startsWith('{');
  const list = args.slice(counted ? before + 1 : before).join(', ');
  return [...args.slice(0, before), '', list];
}

/**
 * Makes a command of a call's name and arguments.
 * @returns undefined when it is no call of the object allocator.
 * @throws {CallSyntaxError} when an argument is missing or is no number.
 */
export function parseSlabCall(name: string, args: readonly string[]): SlabCommand | undefined {
  if (!Object.hasOwn(kArguments, name)) return undefined;
  const op = name as SlabCommand['op'];
  const wanted = kArguments[op];
  args = gatherObjects(op, args);
  if (!wanted.includes(args.length)) {
    throw new CallSyntaxError(`${op}() takes ${wanted.join(' or ')} arguments.`);
  }
  return commandOf(op, args);
}
