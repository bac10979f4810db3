/** Which commands are calls of the object allocator. */
import type {MempoolCommand, SlabCommand, UserCommand} from './model.ts';

/** By the name of the call, as a command or a step has it. */
export function isSlabCall(op: string): op is SlabCommand['op'] {
  return (
    /^(kmem_cache_|kmalloc|kzalloc$|kcalloc$|krealloc|ksize$|kfree|mempool_)/.test(op) ||
    op === 'write_bytes' ||
    op === 'validate_slab_cache'
  );
}

export function isSlabCommand(command: UserCommand): command is SlabCommand {
  return isSlabCall(command.op);
}

/** Calls about pools with a reserve. */
export function isMempoolCall(op: string): op is MempoolCommand['op'] {
  return op.startsWith('mempool_');
}

export function isMempoolCommand(command: UserCommand): command is MempoolCommand {
  return isMempoolCall(command.op);
}
