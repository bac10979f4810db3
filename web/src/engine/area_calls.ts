/** Which commands are calls of vmalloc. */
import type {AreaCommand, UserCommand} from './model.ts';

/** By the name of the call, as a command or a step has it. */
export function isAreaCall(op: string): op is AreaCommand['op'] {
  return /^(vmalloc|vzalloc|vfree)$/.test(op);
}

/** Whether the command asks for an area. */
export function asksForArea(
  command: UserCommand,
): command is Extract<AreaCommand, {readonly bytes: number}> {
  return command.op === 'vmalloc' || command.op === 'vzalloc';
}
