/**
 * Kernel calls as one line of text, as a person or a link writes them:
 * `alloc_pages(GFP_KERNEL, 3)`, `__free_pages(0x10039e, 0)`, `drain_local_pages()`.
 */
import {asksForArea} from '../engine/area_calls.ts';
import type {SlabCommand, StepInfo, UserCommand} from '../engine/model.ts';
import {isSlabCall, isSlabCommand} from '../engine/slab_calls.ts';
import {directMapAddress, pfnText, plural} from '../render/format.ts';
import {addressOf, CallSyntaxError, numberOf, pfnOf} from './call_operands.ts';
import {
  formatSlabCall,
  kSlabSignatures,
  parseSlabCall,
  type SlabOperand,
} from './slab_call_text.ts';

export {CallSyntaxError} from './call_operands.ts';

const kCall = /^\s*([a-z_]+)\s*\(([^()]*)\)\s*;?\s*$/i;

/**
 * Calls of the page allocator and of vmalloc; those of the object allocator are in
 * slab_call_text.ts.
 */
export type CallName = Exclude<UserCommand, SlabCommand>['op'];
/** What a call takes, by the name of the command's member. */
export type Operand = 'gfp' | 'order' | 'bytes' | 'pages' | 'pfn' | 'value' | 'address';

/** Every call the console offers, in the order of its list, with its arguments as in C. */
export const kSignatures: Readonly<Record<CallName, readonly Operand[]>> = {
  alloc_pages: ['gfp', 'order'],
  __get_free_pages: ['gfp', 'order'],
  get_zeroed_page: ['gfp'],
  alloc_pages_exact: ['bytes', 'gfp'],
  alloc_pages_bulk: ['gfp', 'pages'],
  __free_pages: ['pfn', 'order'],
  free_pages: ['pfn', 'order'],
  free_pages_exact: ['pfn', 'bytes'],
  get_page: ['pfn'],
  put_page: ['pfn'],
  split_page: ['pfn', 'order'],
  memset: ['pfn', 'value', 'bytes'],
  vmalloc: ['bytes'],
  vzalloc: ['bytes'],
  vfree: ['address'],
  drain_local_pages: [],
};
export const kCalls = Object.keys(kSignatures) as readonly CallName[];

/** Any call of the console's form, and what it takes. */
export type FormCall = UserCommand['op'];
export type FormOperand = Operand | SlabOperand;
export const kSlabCalls = Object.keys(kSlabSignatures) as readonly SlabCommand['op'][];

export function operandsOf(call: FormCall): readonly FormOperand[] {
  return isSlabCall(call) ? kSlabSignatures[call] : kSignatures[call];
}

/** Gives the text of each argument. */
export type OperandText = (operand: Operand) => string;

/** Writes a command as one line. */
export function formatCall(command: UserCommand): string {
  if (isSlabCommand(command)) return formatSlabCall(command);
  const values = command as unknown as Readonly<Record<Operand, number | string>>;
  const args = kSignatures[command.op].map((operand) =>
    operand === 'pfn' ? pfnText(Number(values.pfn)) : String(values[operand]),
  );
  return `${command.op}(${args.join(', ')})`;
}

type Result = Pick<StepInfo, 'pfns' | 'pfnCount' | 'offset' | 'address' | 'objects' | 'bytes'>;

/** What an allocation returned, as kernel code would see it. */
export function resultOf(
  command: UserCommand,
  {pfns, pfnCount, offset, address, objects, bytes}: Result,
): string {
  if (bytes !== null) return plural(bytes, 'byte');
  if (objects.length > 0) return plural(objects.length, 'object');
  if (asksForArea(command)) return address;
  const [pfn] = pfns;
  // kmalloc(0) gives no memory, but not NULL either.
  if (pfn === undefined) return offset > 0 ? 'ZERO_SIZE_PTR' : 'NULL';
  if (command.op === 'alloc_pages') return `page of pfn ${pfnText(pfn)}`;
  if (command.op === 'alloc_pages_bulk') return plural(pfnCount, 'page');
  return directMapAddress(pfn, offset);
}

/**
 * Makes a command. Values are passed on as written: whether an order or a flag is allowed is for
 * the engine to say.
 * @throws {CallSyntaxError} when an argument that is a number is none.
 */
export function commandOf(op: CallName, text: OperandText): UserCommand {
  const members = kSignatures[op].map((operand) => [operand, operandOf(operand, text(operand))]);
  return {op, ...Object.fromEntries(members)} as UserCommand;
}

/**
 * Makes a command of what stands in the console's form.
 * @throws {CallSyntaxError} as above.
 */
export function commandOfForm(call: FormCall, text: (operand: FormOperand) => string): UserCommand {
  if (!isSlabCall(call)) return commandOf(call, text);
  const command = parseSlabCall(call, kSlabSignatures[call].map(text));
  if (!command) throw new CallSyntaxError(`${call}() is not a call of the object allocator.`);
  return command;
}

/**
 * Reads one line.
 * @throws {CallSyntaxError} when it is not a call, or has the wrong number of arguments.
 */
export function parseCall(text: string): UserCommand {
  const match = kCall.exec(text);
  const args = (match?.[2] ?? '').split(',').map((argument) => argument.trim());
  const slab = parseSlabCall(match?.[1] ?? '', args);
  if (slab) return slab;
  const name = kCalls.find((call) => call === match?.[1]);
  if (!match || !name) {
    throw new CallSyntaxError(`"${text.trim()}" is not a call that the console knows.`);
  }
  const operands = kSignatures[name];
  // drain_local_pages() and drain_local_pages(NULL) are the same.
  if (operands.length > 0 && args.length !== operands.length) {
    const wanted = `${operands.length} argument${operands.length === 1 ? '' : 's'}`;
    throw new CallSyntaxError(`${name}() takes ${wanted}: ${operands.join(', ')}.`);
  }
  return commandOf(name, (operand) => args[operands.indexOf(operand)] ?? '');
}

function operandOf(operand: Operand, text: string): number | string {
  if (operand === 'gfp') return text;
  if (operand === 'address') return addressOf(text);
  if (operand === 'pfn') return pfnOf(text);
  const trimmed = text.trim();
  if (operand === 'value' && /^0x[0-9a-f]{1,8}$/i.test(trimmed)) return Number(trimmed);
  return numberOf(text, operand);
}
