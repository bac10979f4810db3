/** The objects that the calls of a user gave and did not give back. */
import type {StepInfo, UserCommand} from './model.ts';
import type {HeldObject} from './protocol.ts';

const kFrameBytes = 4096;

interface UserStep {
  readonly step: number;
  readonly command: UserCommand;
  readonly info: StepInfo;
}

/** @param steps calls of the user up to the moment that is shown, oldest first. */
export function heldObjects(steps: readonly UserStep[]): readonly HeldObject[] {
  const held = new Map<number, HeldObject>();
  for (const {step, command, info} of steps) {
    if (command.op === 'kfree' || command.op === 'kmem_cache_free') {
      held.delete((command.pfn ?? 0) * kFrameBytes + (command.offset ?? 0));
    } else if (command.op === 'kmalloc' || command.op === 'kmem_cache_alloc') {
      const [pfn] = info.pfns;
      if (pfn === undefined) continue;
      const {offset, call} = info;
      const free: UserCommand =
        command.op === 'kmalloc'
          ? {op: 'kfree', pfn, offset}
          : {op: 'kmem_cache_free', cache: command.cache, pfn, offset};
      held.set(pfn * kFrameBytes + offset, {pfn, offset, step, call, free});
    }
  }
  return [...held.values()].reverse();
}
