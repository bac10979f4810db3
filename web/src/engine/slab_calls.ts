/** Which commands are calls of the object allocator. */
import type {SlabCommand, UserCommand} from './model.ts';

/** By the name of the call, as a command or a step has it. */
export function isSlabCall(op: string): op is SlabCommand['op'] {
  return /^(kmem_cache_|kmalloc|kzalloc$|kcalloc$|krealloc|ksize$|kfree)/.test(op);
}

export function isSlabCommand(command: UserCommand): command is SlabCommand {
  return isSlabCall(command.op);
}
