/** What is checked before a number reaches Embind, which would change a wrong one silently. */
import {
  ArgumentOutOfRangeError,
  CommandFormatError,
  GfpConflictError,
  OrderOutOfRangeError,
  PfnOutOfRangeError,
  StepOutOfRangeError,
} from './errors.ts';
import {formatGfp, parseGfp} from './gfp.ts';
import type {ProfileName, UserCommand} from './model.ts';

const kMaxU32 = 0xffffffff;
const kBothTypes = parseGfp('__GFP_MOVABLE|__GFP_RECLAIMABLE');
/** Highest order that any machine can be built with; the engine knows its own. */
export const kMaxOrder = 15;
/** Types that have free lists: those of MachineView.migratetypes, and CMA. */
export const kMaxMigratetype = 5;
export const kPageBytes = 4096;

/** Whether Embind may see it: it would turn NaN, fractions and negative values into others. */
function isU32(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= kMaxU32;
}

export function requireUpTo(name: string, value: number, most: number): void {
  if (isU32(value) && value <= most) return;
  throw new ArgumentOutOfRangeError(
    'ArgumentOutOfRange',
    `${name} ${String(value)}: whole numbers 0..${most} are accepted`,
  );
}

export function requirePfn(pfn: number): void {
  if (isU32(pfn)) return;
  throw new PfnOutOfRangeError(
    'PfnOutOfRange',
    `page frame ${String(pfn)}: a whole number from 0 is accepted`,
  );
}

export function requireStep(step: number, first: number, last: number): void {
  if (isU32(step) && step >= first && step <= last) return;
  throw new StepOutOfRangeError(
    'StepOutOfRange',
    `step ${String(step)}: ${first}..${last} are accepted`,
  );
}

/** The engine knows the same names, but only the face suggests the nearest one. */
function checkGfp(text: string): void {
  const flags = parseGfp(text);
  if ((flags & kBothTypes) !== kBothTypes) return;
  throw new GfpConflictError(
    'GfpConflict',
    `${formatGfp(flags)}: __GFP_MOVABLE and __GFP_RECLAIMABLE exclude each other`,
  );
}

/** Sizes of 64 bits, as far as a number can say them. */
function requireWhole(member: string, value: unknown): void {
  if (Number.isSafeInteger(value) && Number(value) >= 0) return;
  throw new CommandFormatError(
    'CommandFormat',
    `${member} ${String(value)}: a whole number from 0 is accepted`,
  );
}

/** JSON writes NaN as null, so numbers are checked before they become text. */
export function checkCommand(command: UserCommand, profile: ProfileName): void {
  if ('order' in command && !(isU32(command.order) && command.order <= kMaxOrder)) {
    throw new OrderOutOfRangeError(
      'OrderOutOfRange',
      `order ${String(command.order)}: 0..${kMaxOrder} are accepted`,
    );
  }
  if ('pfn' in command) requirePfn(command.pfn);
  // The names of other kernels are the engine's affair.
  const named = 'gfp' in command && typeof command.gfp === 'string';
  if (named && profile === '6.1.192') checkGfp(command.gfp);
  if ('count' in command) requireWhole('count', command.count);
  if ('objects' in command) {
    for (const {pfn} of command.objects) if (pfn !== undefined) requirePfn(pfn);
  }
  if (command.op === 'kmalloc_size_roundup') {
    requireWhole('bytes', command.bytes);
    return;
  }
  for (const member of ['bytes', 'pages', 'value', 'pool', 'min_nr'] as const) {
    const value: unknown = (command as Partial<Record<typeof member, unknown>>)[member];
    if (!(member in command) || isU32(value)) continue;
    const first = member === 'value' || member === 'pool' ? 0 : 1;
    throw new CommandFormatError(
      'CommandFormat',
      `${member} ${String(value)}: a whole number from ${first} is accepted`,
    );
  }
}
