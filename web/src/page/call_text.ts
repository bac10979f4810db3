/**
 * Kernel calls as one line of text, as a person or a link writes them:
 * `alloc_pages(GFP_KERNEL, 3)`, `__free_pages(pfn 0x10039e, 0)`, `drain_local_pages()`.
 */
import type {UserCommand} from '../engine/model.ts';
import {parsePfn, pfnText} from '../render/format.ts';

/** The text is not a call that the console knows. */
export class CallSyntaxError extends Error {
  override name = 'CallSyntaxError';
}

const kCall = /^\s*([a-z_]+)\s*\(([^()]*)\)\s*;?\s*$/i;

/** Every call the console offers, in the order of its list. */
export const kCalls = [
  'alloc_pages',
  '__get_free_pages',
  'get_zeroed_page',
  'alloc_pages_exact',
  '__free_pages',
  'free_pages',
  'free_pages_exact',
  'drain_local_pages',
] as const;
export type CallName = (typeof kCalls)[number];

/** Writes a command as one line. */
export function formatCall(command: UserCommand): string {
  switch (command.op) {
    case 'alloc_pages':
    case '__get_free_pages':
      return `${command.op}(${command.gfp}, ${command.order})`;
    case 'get_zeroed_page':
      return `get_zeroed_page(${command.gfp})`;
    case 'alloc_pages_exact':
      return `alloc_pages_exact(${command.bytes}, ${command.gfp})`;
    case '__free_pages':
    case 'free_pages':
      return `${command.op}(${pfnText(command.pfn)}, ${command.order})`;
    case 'free_pages_exact':
      return `free_pages_exact(${pfnText(command.pfn)}, ${command.bytes})`;
    case 'drain_local_pages':
      return 'drain_local_pages()';
  }
}

/**
 * Reads one line. Values are passed on as written: whether an order or a flag is allowed is for
 * the engine to say.
 * @throws {CallSyntaxError} when it is not a call, or has the wrong number of arguments.
 */
export function parseCall(text: string): UserCommand {
  const match = kCall.exec(text);
  const name = kCalls.find((call) => call === match?.[1]);
  if (!match || !name) {
    throw new CallSyntaxError(`"${text.trim()}" is not a call of the page allocator.`);
  }
  const args = (match[2] ?? '').split(',').map((argument) => argument.trim());
  const [first = '', second = ''] = args;
  const wanted = name === 'drain_local_pages' ? args.length : name === 'get_zeroed_page' ? 1 : 2;
  if (args.length !== wanted) throw new CallSyntaxError(`${name}() takes ${wanted} arguments.`);
  switch (name) {
    case 'alloc_pages':
    case '__get_free_pages':
      return {op: name, gfp: first, order: numberOf(second, 'order')};
    case 'get_zeroed_page':
      return {op: name, gfp: first};
    case 'alloc_pages_exact':
      return {op: name, bytes: numberOf(first, 'bytes'), gfp: second};
    case '__free_pages':
    case 'free_pages':
      return {op: name, pfn: pfnOf(first), order: numberOf(second, 'order')};
    case 'free_pages_exact':
      return {op: name, pfn: pfnOf(first), bytes: numberOf(second, 'bytes')};
    case 'drain_local_pages':
      return {op: name};
  }
}

function numberOf(text: string, what: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new CallSyntaxError(`${what} is a number, not "${text}".`);
  return Number(text);
}

function pfnOf(text: string): number {
  const pfn = parsePfn(text);
  if (pfn === null) throw new CallSyntaxError(`"${text}" is not a page frame number.`);
  return pfn;
}
