// Goal: the page offers to free what its user holds, with the call that frees it.
// Method: the real engine, pristine.
import {expect, it} from 'vitest';
import {History} from '../../web/src/engine/history.ts';
import {parseCall} from '../../web/src/page/call_text.ts';
import {realSession} from './real_engine.ts';

const kWant = {frames: false, pfn: null, list: null, file: '', cache: null, hash: false};

async function afterCalls(...calls: readonly string[]) {
  const session = await realSession();
  session.bootPristine({memory_mib: 64});
  const history = new History(session);
  for (const call of calls) history.apply({op: 'run', command: parseCall(call)});
  return history.moment(null, kWant);
}

it('holds blocks of pages, newest first, until they are freed', async () => {
  const {held} = await afterCalls('alloc_pages(GFP_KERNEL, 3)', 'alloc_pages(GFP_KERNEL, 0)');
  expect(held.map(({call, order, step}) => ({call, order, step}))).toEqual([
    {call: 'alloc_pages(GFP_KERNEL, 0)', order: 0, step: 2},
    {call: 'alloc_pages(GFP_KERNEL, 3)', order: 3, step: 1},
  ]);
});

// They were offered with a button for __free_pages(), which is a bug in kernel code.
it('does not take objects for blocks of pages', async () => {
  const {held} = await afterCalls('kmalloc(100, GFP_KERNEL)', 'kmalloc(100000, GFP_KERNEL)');
  expect(held).toEqual([]);
});
