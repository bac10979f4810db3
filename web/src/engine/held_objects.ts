/** The objects that the calls of a user gave and did not give back. */
import type {ObjectAddress, StepInfo, UserCommand} from './model.ts';
import type {HeldObject} from './protocol.ts';
import {isSlabCommand} from './slab_calls.ts';

const kFrameBytes = 4096;

interface UserStep {
  readonly step: number;
  readonly command: UserCommand;
  readonly info: StepInfo;
}

function addressOf({pfn = 0, offset = 0}: ObjectAddress): number {
  return pfn * kFrameBytes + offset;
}

/** Objects that a call takes away from the user. */
function freedBy(command: UserCommand, given: readonly ObjectAddress[]): readonly ObjectAddress[] {
  switch (command.op) {
    case 'kfree':
    case 'kfree_sensitive':
    case 'kmem_cache_free':
    case 'mempool_free':
      return [command];
    case 'kfree_bulk':
    case 'kmem_cache_free_bulk':
      return command.objects;
    case 'krealloc':
    case 'krealloc_array':
      // NULL, and the old one stays; 0 bytes free it and give an address without a frame.
      return given.length > 0 ? [command] : [];
    default:
      return [];
  }
}

/** Objects that a call gave; ZERO_SIZE_PTR has no frame. */
function givenBy(command: UserCommand, info: StepInfo): readonly ObjectAddress[] {
  if (!isSlabCommand(command) || !('gfp' in command)) return [];
  if (command.op === 'kmem_cache_alloc_bulk') return info.objects;
  const [pfn] = info.pfns;
  if (pfn !== undefined) return [{pfn, offset: info.offset}];
  return info.offset > 0 ? [{offset: info.offset}] : [];
}

/** The call that gives an object back. */
function freeOf(command: UserCommand, pfn: number, offset: number): UserCommand {
  if (command.op === 'mempool_alloc') return {op: 'mempool_free', pool: command.pool, pfn, offset};
  return 'cache' in command
    ? {op: 'kmem_cache_free', cache: command.cache, pfn, offset}
    : {op: 'kfree', pfn, offset};
}

/** @param steps calls of the user up to the moment that is shown, oldest first. */
export function heldObjects(steps: readonly UserStep[]): readonly HeldObject[] {
  const held = new Map<number, HeldObject>();
  for (const {step, command, info} of steps) {
    const given = givenBy(command, info);
    for (const object of freedBy(command, given)) held.delete(addressOf(object));
    for (const object of given) {
      const {pfn, offset = 0} = object;
      if (pfn === undefined) continue;
      const {call} = info;
      held.set(addressOf(object), {pfn, offset, step, call, free: freeOf(command, pfn, offset)});
    }
  }
  return [...held.values()].reverse();
}
