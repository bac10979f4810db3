// Goal: what SLUB’s debugging finds is told in words, and the kernel’s own words reach JavaScript.
// Method: real calls on a pristine machine: an object is damaged, looked at, freed twice.
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {Session} from '../../web/src/engine/session.ts';
import {formatCall, parseCall} from '../../web/src/page/call_text.ts';
import {realSession} from './real_engine.ts';

let session: Session;
beforeAll(async () => {
  session = await realSession();
  session.bootPristine({memory_mib: 64, slub_debug: 'FZPU,debugged*'});
});
afterAll(() => session.dispose());

/** Makes a call as text and tells what happened, without the numbers of frames. */
function told(call: string): string {
  const command = parseCall(call);
  expect(parseCall(formatCall(command))).toEqual(command);
  session.run(command);
  const explanation = session.explain();
  for (const step of explanation?.path ?? []) expect(step.title).not.toBe('');
  return explanation?.sentence.replaceAll(/0x[0-9a-f]+ \+ \d+/g, 'OBJECT') ?? '';
}

function titles(): readonly string[] {
  return session.explain()?.path.map((step) => step.title) ?? [];
}

function placeOfLast(bytes: number): string {
  const step = session.stepInfo(session.length);
  return `0x${step.pfns[0]?.toString(16)} + ${step.offset + bytes}`;
}

test('a stray write, a look, and an object freed twice', () => {
  told('kmem_cache_create("debugged_t", 40, 0, 0, NULL)');
  expect(told('kmem_cache_alloc(debugged_t, GFP_KERNEL)')).toContain('became a slab of 30');
  const object = placeOfLast(0);
  const behind = placeOfLast(40);
  expect(told('kmem_cache_alloc(debugged_t, GFP_KERNEL)')).toMatch(/no slabs of CPUs, so it came/);
  expect(titles()).toContain('Debugged object');
  expect(told(`write_bytes(${behind}, 18, 1)`)).toMatch(/wrote to the bytes; nobody notices/);
  expect(session.kernelLog()).toEqual({dropped: 0, tainted: 'Not tainted', lines: []});
  expect(told('validate_slab_cache(debugged_t)')).toBe(
    'validate_slab_cache(debugged_t): bytes behind the object were written to (Right Redzone ' +
      'overwritten); the bytes were restored.',
  );
  expect(titles()).toEqual(['BUG in the kernel’s log', 'FIX in the kernel’s log', 'Validated']);
  const {lines, tainted} = session.kernelLog();
  expect(lines).toContain('BUG debugged_t (Not tainted): Right Redzone overwritten');
  expect(lines.at(-1)).toMatch(/^FIX debugged_t: Restoring Right Redzone 0x\w+-0x\w+=0xcc$/);
  expect(tainted).toBe('Tainted: G    B             ');
  expect(told('validate_slab_cache(debugged_t)')).toMatch(/every object of 1 slab: nothing is wr/);
  told(`kmem_cache_free(debugged_t, ${object})`);
  expect(told(`kmem_cache_free(debugged_t, ${object})`)).toMatch(
    /on the free list already \(Object already free\); the object was not freed\.$/,
  );
  expect(session.kernelLog().lines.at(-1)).toMatch(/^FIX debugged_t: Object at 0x\w+ not freed$/);
  expect(session.verify()).toBeNull();
  session.seek(session.length - 1);
  expect(session.kernelLog().lines.join('\n')).not.toContain('already free');
});

test('a bad option has a name', async () => {
  const other = await realSession();
  expect(() => other.bootPristine({memory_mib: 64, slub_debug: 'Q'})).toThrow("option 'Q'");
  other.dispose();
});
