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
