/**
 * Calls of the object allocator as one line of text: `kmalloc(100, GFP_KERNEL)`,
 * `kfree(0x10039e + 64)`, `kmem_cache_create("t", 64, 0, SLAB_HWCACHE_ALIGN, NULL)`.
 */
import type {ObjectAddress, SlabCommand} from '../engine/model.ts';
import {pfnText} from '../render/format.ts';
import {CallSyntaxError, numberOf, pfnOf} from './call_operands.ts';

/** How many arguments each call takes: as in C, and fewer where the last ones go without saying. */
const kArguments: Readonly<Record<SlabCommand['op'], readonly number[]>> = {
  kmalloc: [2],
  kfree: [1],
  kmem_cache_create: [3, 4, 5],
  kmem_cache_destroy: [1],
  kmem_cache_shrink: [1],
  validate_slab_cache: [1],
  write_bytes: [3],
  kmem_cache_alloc: [2],
  kmem_cache_free: [2],
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
  | 'value';
export const kSlabSignatures: Readonly<Record<SlabCommand['op'], readonly SlabOperand[]>> = {
  kmalloc: ['bytes', 'gfp'],
  kfree: ['object'],
  kmem_cache_create: ['cache', 'size', 'align', 'flags'],
  kmem_cache_alloc: ['cache', 'gfp'],
  kmem_cache_free: ['cache', 'object'],
  kmem_cache_shrink: ['cache'],
  kmem_cache_destroy: ['cache'],
  validate_slab_cache: ['cache'],
  write_bytes: ['object', 'value', 'bytes'],
};

function objectText(object: ObjectAddress): string {
  if (object.pfn === undefined) return object.offset ? 'ZERO_SIZE_PTR' : 'NULL';
  return `${pfnText(object.pfn)} + ${object.offset ?? 0}`;
}

/** Writes a command as one line. */
export function formatSlabCall(command: SlabCommand): string {
  switch (command.op) {
    case 'kmalloc':
      return `kmalloc(${command.bytes}, ${command.gfp})`;
    case 'kfree':
      return `kfree(${objectText(command)})`;
    case 'kmem_cache_create': {
      const {cache, size, align = 0, flags = '0'} = command;
      return `kmem_cache_create("${cache}", ${size}, ${align}, ${flags}, NULL)`;
    }
    case 'kmem_cache_destroy':
    case 'kmem_cache_shrink':
    case 'validate_slab_cache':
      return `${command.op}(${command.cache})`;
    case 'write_bytes':
      return `write_bytes(${objectText(command)}, ${command.value}, ${command.bytes})`;
    case 'kmem_cache_alloc':
      return `kmem_cache_alloc(${command.cache}, ${command.gfp})`;
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

function commandOf(op: SlabCommand['op'], args: readonly string[]): SlabCommand {
  const [first = '', second = '', third = '0', fourth = '0'] = args;
  switch (op) {
    case 'kmalloc':
      return {op, bytes: numberOf(first, 'bytes'), gfp: second};
    case 'kfree':
      return {op, ...objectOf(first)};
    case 'kmem_cache_create':
      return {
        op,
        cache: first.replace(/^"(.*)"$/, '$1'),
        size: numberOf(second, 'size'),
        align: numberOf(third, 'align'),
        flags: fourth,
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
      return {op, cache: first, gfp: second};
    case 'kmem_cache_free':
      return {op, cache: first, ...objectOf(second)};
  }
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
  if (!wanted.includes(args.length)) {
    throw new CallSyntaxError(`${op}() takes ${wanted.join(' or ')} arguments.`);
  }
  return commandOf(op, args);
}
