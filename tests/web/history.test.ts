// Goal: the page offers to free what its user holds, with the call that frees it.
// Method: the real engine, pristine.
import {expect, it} from 'vitest';
import {History} from '../../web/src/engine/history.ts';
import {parseCall} from '../../web/src/page/call_text.ts';
import {freeOf} from '../../web/src/page/free_call.ts';
import {realSession} from './real_engine.ts';

const kWant = {
  frames: false,
  pfn: null,
  list: null,
  file: '',
  cache: null,
  areas: false,
  hash: false,
};

async function historyOf(calls: readonly string[]): Promise<History> {
  const session = await realSession();
  session.bootPristine({memory_mib: 64});
  const history = new History(session);
  for (const call of calls) history.apply({op: 'run', command: parseCall(call)});
  return history;
}

async function afterCalls(...calls: readonly string[]) {
  return (await historyOf(calls)).moment(null, kWant);
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

it('holds areas with their address, until vfree()', async () => {
  const calls = ['vmalloc(0)', 'vmalloc(20480)', 'vzalloc(1)'];
  const {held} = await afterCalls(...calls);
  expect(held.map(({call, address, bytes}) => ({call, address, bytes}))).toEqual([
    {call: 'vzalloc(1)', address: '0xffffc90000006000', bytes: 1},
    {call: 'vmalloc(20480)', address: '0xffffc90000000000', bytes: 20480},
  ]);
  expect(held.map(freeOf)).toEqual([
    {op: 'vfree', address: '0xffffc90000006000'},
    {op: 'vfree', address: '0xffffc90000000000'},
  ]);
  const after = await afterCalls(...calls, 'vfree(0xffffc90000000000)');
  expect(after.held.map(({call}) => call)).toEqual(['vzalloc(1)']);
});

it('has the kernel’s log among the files once something was printed', async () => {
  const history = await historyOf([
    'kmem_cache_create("t", 64, 0, SLAB_RED_ZONE, NULL)',
    'kmem_cache_alloc(t, GFP_KERNEL)',
    'kmem_cache_destroy(t)',
  ]);
  const log = {...kWant, file: 'dmesg'};
  const {proc} = history.moment(null, log);
  expect(proc.path).toBe('dmesg');
  expect(proc.paths.at(-1)).toBe('dmesg');
  expect(proc.text).toMatch(/^=+\nBUG t \(Not tainted\): Objects remaining in t on /);
  expect(proc.text).toMatch(/\n---\[ end trace 0000000000000000 \]---\n$/);
  history.apply({op: 'seek', step: 2});
  const before = history.moment(null, log).proc;
  expect(before.path).toBe('/proc/buddyinfo');
  expect(before.paths).not.toContain('dmesg');
});
