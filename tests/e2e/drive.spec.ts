// Goal: a person drives the allocator, sees lists change and merge back, and every mistake is
// answered kindly, in the kernel's words, with nothing changed.
// Method: compare the whole matrix and /proc/buddyinfo before and after, not one number.
import {expect, test} from './playground.ts';

test('an allocation takes from a list, and freeing merges it back', async ({playground}) => {
  await playground.open();
  const before = await playground.matrix();
  const text = await playground.buddyinfoText();
  await playground.click(playground.cell(4, 'Unmovable'));

  // Order 4 has no per-CPU list, so the buddy lists themselves must change.
  await playground.call('alloc_pages', {'GFP flags': 'GFP_KERNEL', order: '4'});
  await expect(playground.result).toContainText('alloc_pages(GFP_KERNEL, 4) = page of pfn 0x');
  expect(await playground.matrix()).not.toEqual(before);
  expect(await playground.buddyinfoText()).not.toBe(text);

  await playground.click(playground.console.getByRole('button', {name: /^Free/}));
  expect(await playground.matrix()).toEqual(before);
  expect(await playground.buddyinfoText()).toBe(text);
});

test('the open list loses its head, and gets it back', async ({playground}) => {
  await playground.open('recording=mixed-1');
  await playground.click(playground.cell(10, 'Movable'));
  const before = await playground.blocks();

  await playground.call('alloc_pages', {'GFP flags': 'GFP_HIGHUSER_MOVABLE', order: '10'});
  expect(await playground.blocks()).toEqual(before.slice(1));
  await expect(playground.result).toContainText(before[0]!);

  await playground.click(playground.console.getByRole('button', {name: /^Free/}));
  expect((await playground.blocks()).toSorted()).toEqual(before.toSorted());
});

test('one page goes through the per-CPU lists', async ({playground, page}) => {
  await playground.open();
  const pcp = page.locator('kmem-pcp').getByRole('button', {name: /^CPU 0, order 0, Unmovable/});
  const held = Number(((await pcp.getAttribute('aria-label')) ?? '').match(/: (\d+)/)?.[1]);
  await playground.call('get_zeroed_page');
  await expect(playground.result).toContainText('0xffff888');
  await playground.click(playground.console.getByRole('button', {name: /^Free/}));
  const after = Number(((await pcp.getAttribute('aria-label')) ?? '').match(/: (\d+)/)?.[1]);
  expect(after).toBeGreaterThanOrEqual(held);
  await playground.call('drain_local_pages');
  await expect(pcp).toHaveAccessibleName(/: 0\b/);
});

test('alloc_pages_exact gives back what it does not need', async ({playground}) => {
  await playground.open('pristine=64&cpus=1');
  const text = await playground.buddyinfoText();
  await playground.call('alloc_pages_exact', {bytes: '20480'});
  await expect(playground.result).toContainText('0xffff888');
  await playground.click(playground.console.getByRole('button', {name: /^Free/}));
  await playground.call('drain_local_pages');
  expect(await playground.buddyinfoText()).toBe(text);
});

test('a split block is given back page by page', async ({playground, page}) => {
  await playground.open('pristine=64&cpus=1');
  const text = await playground.buddyinfoText();
  await playground.call('alloc_pages', {order: '2'});
  const pfn = (await playground.result.getByRole('button').textContent()) ?? '';
  await playground.call('split_page', {'page frame': pfn, order: '2'});
  await expect(playground.story).toContainText('Made 4 single pages');
  await expect(playground.console.getByText('Blocks you hold (4)')).toBeVisible();
  for (let left = 4; left > 0; left -= 1) {
    await playground.click(playground.console.getByRole('button', {name: /^Free/}).first());
  }
  await playground.call('drain_local_pages');
  expect(await playground.buddyinfoText()).toBe(text);
  await expect(page.getByText('Blocks you hold')).toHaveCount(0);
});

test('2.6.18 is chosen by name, and shown in its own terms', async ({playground, page}) => {
  await playground.open();
  await page.getByRole('button', {name: /^Machine/}).click();
  await page.getByRole('combobox', {name: /^kernel/}).selectOption('2.6.18-i386');
  await page.getByRole('button', {name: 'Boot it'}).click();
  await expect(playground.buddyinfo).toContainText('Node 0, zone      DMA');
  await playground.idle();
  await playground.call('alloc_pages', {order: '0'});
  await expect(playground.story).toContainText("This CPU's hot list was empty");
  await expect(page.locator('kmem-pcp').getByRole('row', {name: /^cold/}).first()).toBeVisible();
  const calls = await playground.console.getByLabel('call', {exact: true}).textContent();
  expect(calls).not.toContain('alloc_pages_bulk');
  await expect(page).toHaveURL(/kernel=2\.6\.18-i386/);
});

test('a steal is marked, with the types of the pageblocks', async ({playground, page}) => {
  await playground.open('pristine=256&cpus=1');
  await playground.call('alloc_pages', {order: '4'});
  await expect(playground.story).toContainText('stole the order-10 Movable block');
  await expect(page.getByText('stolen from another type')).toBeVisible();
  await expect(page.locator('kmem-zones')).toContainText(/this call passed: free [\d ]+/);
});

test('a call inside a recording forks history, and there is a way back', async ({
  playground,
  page,
}) => {
  await playground.open('recording=mixed-1&step=40');
  const hash = await playground.stateHash();
  await playground.call('alloc_pages', {order: '5'});
  await expect(page.getByText('Your own history since step 40')).toBeVisible();
  await expect(playground.story).toContainText('your call');
  expect(await playground.step()).toBe(41);

  await playground.click(page.getByRole('button', {name: 'Return to the recording'}));
  expect(await playground.step()).toBe(40);
  expect(await playground.stateHash()).toBe(hash);
  await expect(page.getByText('Your own history since')).toHaveCount(0);
});

const kRefused: readonly {
  readonly what: string;
  readonly call: string;
  readonly fields: Record<string, string>;
  readonly says: RegExp;
}[] = [
  {
    what: 'order 11',
    call: 'alloc_pages',
    fields: {order: '11'},
    says: /order 11 is out of range: accepted are 0 to 10/,
  },
  {
    what: 'an order that is no number',
    call: 'alloc_pages',
    fields: {order: 'big'},
    says: /whole number/,
  },
  {
    what: 'a frame that no zone has',
    call: '__free_pages',
    fields: {'page frame': '0x1', order: '0'},
    says: /0x1|page frame 1|pfn 1/,
  },
  {
    what: 'something that is no frame',
    call: '__free_pages',
    fields: {'page frame': 'zebra', order: '0'},
    says: /"zebra" is not a page frame number/,
  },
];

for (const {what, call, fields, says} of kRefused) {
  test(`${what} is refused and changes nothing`, async ({playground}) => {
    await playground.open('step=40');
    const hash = await playground.stateHash();
    await playground.call(call, fields);
    await expect(playground.result).toContainText('Not run.');
    await expect(playground.result).toContainText(says);
    expect(await playground.stateHash()).toBe(hash);
    expect(await playground.step()).toBe(40);
  });
}

test('an unknown flag in a link is refused by its name', async ({playground, page}) => {
  await playground.open('recording=mixed-1&step=3&run=alloc_pages(GFP_KERNAL,0)');
  await expect(page.getByText(/GFP_KERNAL/).first()).toBeVisible();
  expect(await playground.step()).toBe(3);
});

test('freeing twice, and with the wrong order, is the kernel’s bad page report', async ({
  playground,
}) => {
  await playground.open();
  await playground.call('alloc_pages', {order: '4'});
  const pfn = /pfn (0x[0-9a-f]+)/.exec((await playground.result.textContent()) ?? '')?.[1] ?? '';
  const held = await playground.matrix();

  await playground.call('__free_pages', {'page frame': pfn, order: '3'});
  await expect(playground.result).toContainText('BUG: Bad page state');
  expect(await playground.matrix()).toEqual(held);

  await playground.call('__free_pages', {'page frame': pfn, order: '4'});
  const free = await playground.matrix();
  expect(free).not.toEqual(held);
  await playground.call('__free_pages', {'page frame': pfn, order: '4'});
  await expect(playground.result).toContainText('BUG: Bad page state');
  expect(await playground.matrix()).toEqual(free);
});

test('an allocation that cannot be served is NULL, with the reason', async ({playground}) => {
  await playground.open('pristine=16&cpus=1');
  for (let call = 0; call < 6; call += 1) {
    await playground.call('alloc_pages', {'GFP flags': 'GFP_NOWAIT', order: '10'});
    if (((await playground.result.textContent()) ?? '').includes('NULL')) break;
  }
  await expect(playground.result).toContainText('NULL');
});

test('a call of the visitor is not counted as one of the real kernel', async ({
  playground,
  page,
}) => {
  const score = page.locator('kmem-story .score');
  await playground.open('step=0');
  await expect(score).toContainText(/\d calls\s+of a real kernel/);
  await playground.call('alloc_pages', {'GFP flags': 'GFP_KERNEL', order: '4'});
  await expect(score).toHaveCount(0);
});
