// Goal: one selection, shown everywhere; a link holds the moment; back and forward work.
import {expect, test} from './playground.ts';

test('a block chosen in a list is marked in every view', async ({playground, page}) => {
  await playground.open('step=40');
  await playground.click(playground.cell(8, 'Movable'));
  const block = playground.blockList.getByRole('button').first();
  const pfn = await block.textContent();
  await playground.click(block);

  await expect(block).toHaveAttribute('aria-pressed', 'true');
  await expect(playground.selection).toContainText('Free block order 8');
  await expect(playground.selection).toContainText(pfn!);
  await expect(playground.selection).toContainText('at the head: next to be taken');
  await expect(playground.cell(8, 'Movable')).toHaveClass(/selected/);
  await expect(page).toHaveURL(new RegExp(`sel=pfn:${pfn}`));

  await playground.press('Escape');
  await expect(playground.selection).toHaveCount(0);
  await expect(block).toHaveAttribute('aria-pressed', 'false');
});

test('a frame number in a sentence is a link to the block', async ({playground}) => {
  await playground.open('recording=mixed-1&step=1');
  const link = playground.story.getByRole('button', {name: /^0x/}).first();
  const pfn = await link.textContent();
  await playground.click(link);
  await expect(playground.selection).toContainText('Allocated block order 1');
  await expect(playground.selection).toContainText(pfn!);
  await expect(playground.selection).toContainText('alloc_pages(GFP_KERNEL, 1) at step 1');
});

test('a block chosen in the map can be freed there', async ({playground, page}) => {
  await playground.open('step=1');
  const before = await playground.matrix();
  const pfn = await playground.story.getByRole('button', {name: /^0x/}).first().textContent();
  await playground.press('g');
  await page.getByLabel('Page frame number or address').fill(pfn!);
  await page.keyboard.press('Enter');
  await playground.idle();
  await playground.click(playground.selection.getByRole('button', {name: 'Free this block'}));
  await expect(playground.selection).toContainText('per-CPU list');
  expect(await playground.matrix()).toEqual(before);
});

test('clicking the map selects, and so does its keyboard cursor', async ({playground, page}) => {
  await playground.open('recording=mixed-1');
  const map = page.getByRole('application');
  const box = (await map.boundingBox())!;
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await playground.idle();
  await expect(playground.selection).toContainText('Free block order 10');

  await map.focus();
  await playground.press('Home');
  await playground.press('PageDown');
  await playground.press('ArrowRight');
  await playground.press('Enter');
  await expect(playground.selection).toContainText('0x100201');
  expect(await playground.step(), 'the map keeps its keys').toBe(0);
});

test('a link opens the same moment, with selection and own calls', async ({playground, page}) => {
  await playground.open('recording=seq-1&step=100');
  await playground.call('alloc_pages', {order: '6'});
  await playground.click(playground.result.getByRole('button', {name: /^pfn 0x/}));
  await expect(page).toHaveURL(/run=alloc_pages\(GFP_KERNEL,6\).*sel=pfn:0x/);
  const hash = await playground.stateHash();
  const url = page.url();

  await page.goto('about:blank');
  await page.goto(url);
  await playground.idle();
  expect(await playground.step()).toBe(101);
  expect(await playground.stateHash()).toBe(hash);
  await expect(playground.selection).toContainText('Allocated block order 6');
});

test('back and forward go to the moments before and after', async ({playground, page}) => {
  await playground.open('recording=mixed-1&step=40');
  await playground.press('End');
  await expect(page).toHaveURL(/step=10171/);
  await page.goBack();
  await expect(playground.stepSlider).toHaveValue('40');
  await page.goForward();
  await expect(playground.stepSlider).toHaveValue('10171');
});

for (const [hash, says] of [
  ['recording=no-such', 'there is no recording "no-such"'],
  ['step=many', 'step "many" is not a number'],
  ['sel=pfn:zebra', 'selection "pfn:zebra" is not a page frame number'],
  ['sel=pfn:0x1', 'No zone has pfn 0x1'],
  ['run=rm(-rf)', 'is not a call that the console knows'],
] as const) {
  test(`the link #${hash} opens a machine and says what is wrong`, async ({playground, page}) => {
    await playground.open(hash);
    await expect(page.getByText(says)).toBeVisible();
    await expect(playground.buddyinfo).toContainText('Node 1, zone   Normal');
  });
}

test('a pristine machine that cannot be built is refused', async ({playground, page}) => {
  await playground.open('pristine=7&cpus=1');
  await expect(page.getByRole('alert')).toContainText('No machine could be opened');
  await page.getByRole('button', {name: 'Choose another machine'}).click();
  await page.getByRole('button', {name: /All orders, random frees/}).click();
  await playground.idle();
  await expect(playground.buddyinfo).toContainText('Node 1, zone   Normal');
});
