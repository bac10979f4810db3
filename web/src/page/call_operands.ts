/** Reads what stands between the brackets of a call. */
import {parsePfn} from '../render/format.ts';

/** The text is not a call that the console knows. */
export class CallSyntaxError extends Error {
  override name = 'CallSyntaxError';
}

/** @throws {CallSyntaxError} when the text is no whole number; `what` names the operand. */
export function numberOf(text: string, what: string): number {
  const trimmed = text.trim();
  if (!/^\d{1,10}$/.test(trimmed)) {
    throw new CallSyntaxError(`${what} is a whole number, not "${text}".`);
  }
  return Number(trimmed);
}

/** @throws {CallSyntaxError} when the text is neither a page frame number nor an address. */
export function pfnOf(text: string): number {
  const pfn = parsePfn(text);
  if (pfn === null) throw new CallSyntaxError(`"${text}" is not a page frame number.`);
  return pfn;
}

/** @throws {CallSyntaxError} when the text is neither an address of 64 bits nor NULL. */
export function addressOf(text: string): string {
  const trimmed = text.trim();
  if (trimmed === 'NULL' || /^0x[0-9a-f]{1,16}$/i.test(trimmed)) return trimmed;
  throw new CallSyntaxError(`"${text}" is neither an address, 0x…, nor NULL.`);
}
