// Goal: a person goes from the table of caches to one slab, one object and its bytes, and from a
// frame of the map to the cache that has it; what is shown follows the calls.
import AxeBuilder from '@axe-core/playwright';
import {expect, test} from './playground.ts';

test('from the table to the bytes of an object', async ({playground, page}) => {
  await playground.open('recording=kmalloc-1&step=2500');
  await playground.click(page.getByRole('button', {name: 'Open the object caches'}));
  const table = page.getByRole('table', {name: /^Caches with the columns of slabtop/});
  await expect(table.getByRole('row').nth(1)).toContainText('kmalloc-4k');
  await playground.click(table.getByRole('button', {name: 'Obj size'}));
  await expect(table.getByRole('row').nth(1)).toContainText('kmalloc-8k');

  await playground.click(table.getByRole('button', {name: 'kmalloc-2k'}));
  const cache = page.getByRole('region', {name: 'Cache kmalloc-2k'});
  await playground.click(cache.getByRole('button', {name: /^CPU 0: 0x/}).first());
  await playground.click(cache.getByRole('button', {name: /taken as number 1 of the list of CPU/}));
  const bytes = cache.getByRole('region', {name: /^Bytes of object/});
  await expect(bytes).toContainText('0000  00 00');
  await expect(bytes.locator('.pointer')).toHaveCount(8);
  await expect(cache.getByText(/at 0xffff888/)).toBeVisible();

  const axe = await new AxeBuilder({page}).analyze();
  expect(axe.violations.map(({id, nodes}) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  await playground.click(page.getByRole('button', {name: 'Close the object caches'}));
  await expect(cache).toHaveCount(0);
});

test('a frame of a slab leads to its cache, and calls are seen there', async ({
  playground,
  page,
}) => {
  await playground.open('pristine=64&cpus=1');
  await playground.call('kmalloc', {bytes: '100', 'GFP flags': 'GFP_KERNEL'});
  await playground.click(playground.result.getByRole('button', {name: /^pfn 0x/}));
  await playground.click(page.locator('kmem-details').getByRole('button', {name: 'kmalloc-128'}));
  const cache = page.getByRole('region', {name: 'Cache kmalloc-128'});
  const used = cache.getByRole('button', {name: /^Object \d+: in use/});
  await expect(used).toHaveCount(1);
  await playground.call('kmalloc', {bytes: '100', 'GFP flags': 'GFP_KERNEL'});
  await expect(used).toHaveCount(2);

  // And given back, by the button and by the address that the call returned.
  const held = page.getByRole('list', {name: 'Objects you hold (2)'});
  await playground.click(held.getByRole('button', {name: /^Free object 0xffff888/}).first());
  await expect(used).toHaveCount(1);
  const left = page.getByRole('list', {name: 'Objects you hold (1)'});
  const address = (await left.getByRole('button').first().textContent())!.trim();
  await playground.call('kfree', {object: address});
  await expect(used).toHaveCount(0);
  await expect(left).toHaveCount(0);
});

test('a cache of the visitor, from kmem_cache_create() to kmem_cache_destroy()', async ({
  playground,
  page,
}) => {
  await playground.open('pristine=64&cpus=1');
  await playground.call('kmem_cache_create', {
    cache: 'my_cache',
    'object size': '200',
    align: '0',
    flags: 'SLAB_HWCACHE_ALIGN',
  });
  await playground.call('kmem_cache_alloc', {cache: 'my_cache', 'GFP flags': 'GFP_ATOMIC'});
  await expect(playground.result).toContainText('0xffff888');
  await playground.click(page.getByRole('button', {name: 'Open the object caches'}));
  await playground.click(page.getByRole('button', {name: 'my_cache'}));
  const cache = page.getByRole('region', {name: 'Cache my_cache'});
  await expect(cache).toContainText('200 bytes asked for, 256 taken');
  await playground.click(page.getByRole('button', {name: /^Free object/}));
  await playground.call('kmem_cache_destroy', {cache: 'my_cache'});
  await expect(cache).toHaveCount(0);
});

test('a write behind an object is found when it is freed, and the kernel says where', async ({
  playground,
  page,
}) => {
  await playground.open('pristine=64&cpus=1');
  await playground.call('kmem_cache_create', {
    cache: 't',
    'object size': '100',
    flags: 'SLAB_RED_ZONE | SLAB_CONSISTENCY_CHECKS',
  });
  await playground.call('kmem_cache_alloc', {cache: 't'});
  await expect(playground.result).toContainText('0xffff888');
  const text = (await playground.result.textContent()) ?? '';
  const object = /0xffff888[0-9a-f]+/.exec(text)?.[0] ?? '';
  const behind = `0x${(BigInt(object) + 100n).toString(16)}`;
  await playground.call('write_bytes', {object: behind, value: '65', bytes: '2'});
  await playground.call('kmem_cache_free', {cache: 't', object});
  await expect(playground.result).toContainText('Right Redzone overwritten');
  const log = page.getByRole('region', {name: "The kernel's log of this call"});
  await expect(log).toContainText('BUG t (Not tainted): Right Redzone overwritten');
  await expect(log).toContainText('First byte 0x41 instead of');
  await playground.press('ArrowLeft');
  await expect(log).toHaveCount(0);
});
