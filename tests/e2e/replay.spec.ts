// Goal: the page shows what the real kernel did, at every moment and in both directions of time.
// Method: compare what is on the screen with the kernel's own dumps, read here independently.

import {expect, test} from './playground.ts';
import {buddyinfoOf, callsOf, dumpsOf, freeListOf} from './recordings.ts';

test('opens on a real machine', async ({playground, page}) => {
  await playground.open();

  const [boot] = dumpsOf('seq-1');
  expect(await playground.buddyinfoText()).toBe(buddyinfoOf(boot!.zone));
  await expect(page.getByRole('heading', {name: 'kmem-playground'})).toBeVisible();
  await expect(playground.story).toContainText('Press → to run the next call');
  await expect(page.locator('kmem-zones')).toContainText('above high: kswapd sleeps');
  await expect(page.getByRole('application')).toHaveAccessibleName(/^Map of 32,768 page frames/);
});

for (const name of ['mixed-1', 'seq-1', 'pcp-1']) {
  test(`${name} to its end shows the kernel's own buddyinfo and lists`, async ({playground}) => {
    await playground.open(`recording=${name}`);
    await playground.press('End');

    const last = dumpsOf(name).at(-1)!.zone;
    expect(await playground.step()).toBe(callsOf(name));
    expect(await playground.buddyinfoText()).toBe(buddyinfoOf(last));
    const calls = callsOf(name).toLocaleString('en-US');
    await expect(playground.story).toContainText(`${calls} of ${calls}`);
    const dumps = new Set(dumpsOf(name).map(({calls: at}) => at)).size;
    await expect(playground.story).toContainText(`${dumps} of ${dumps} full dumps`);

    await playground.click(playground.cell(2, 'Unmovable'));
    expect(await playground.blocks()).toEqual(freeListOf(last, 2, 'U'));
  });
}

// A step paints only the tiles that changed; a link paints the whole machine.
test('the map is the same picture, stepped to or opened at', async ({playground, page}) => {
  const canvas = page.getByRole('application', {name: /^Map of/});
  const picture = () => canvas.evaluate((map: HTMLCanvasElement) => map.toDataURL());
  await playground.open('recording=mixed-1&step=980');
  const before = await picture();
  await playground.press('ArrowRight', 20);
  const stepped = await picture();

  await playground.open('pristine=64&cpus=1');
  await playground.open('recording=mixed-1&step=1000');
  expect(stepped).not.toBe(before);
  expect(stepped === (await picture())).toBe(true);
});

test('each dump in between shows the kernel’s own buddyinfo', async ({playground}) => {
  const dumps = dumpsOf('mixed-1');
  for (const {calls, zone} of [dumps[5]!, dumps[2]!, dumps[8]!]) {
    await playground.open(`recording=mixed-1&step=${calls}`);
    expect(await playground.buddyinfoText()).toBe(buddyinfoOf(zone));
  }
});

test('every file of the kernel can be read beside the machine', async ({playground, page}) => {
  await playground.open('recording=mixed-1&step=1000');
  const files = page.getByRole('combobox', {name: 'File'});
  await files.selectOption('/proc/pagetypeinfo');
  await expect(page.getByRole('region', {name: '/proc/pagetypeinfo'})).toContainText(
    'Free pages count per migrate type at order',
  );
  await files.selectOption('/proc/zoneinfo');
  await playground.press('ArrowRight');
  await expect(page.getByRole('region', {name: '/proc/zoneinfo'})).toContainText('nr_free_pages');
});

test('a step forward and back gives the same machine', async ({playground}) => {
  await playground.open('step=500');
  const hash = await playground.stateHash();
  const text = await playground.buddyinfoText();

  await playground.press('End');
  expect(await playground.stateHash()).not.toBe(hash);
  await playground.stepSlider.fill('500');
  await playground.idle();
  expect(await playground.step()).toBe(500);
  expect(await playground.stateHash()).toBe(hash);
  expect(await playground.buddyinfoText()).toBe(text);

  await playground.press('ArrowRight');
  await playground.press('ArrowLeft');
  expect(await playground.stateHash()).toBe(hash);
});

test('keys and buttons move through time', async ({playground, page}) => {
  await playground.open();
  await playground.press('ArrowRight', 3);
  expect(await playground.step()).toBe(3);
  await playground.press('Shift+ArrowRight');
  expect(await playground.step()).toBe(13);
  await playground.press(',');
  expect(await playground.step()).toBe(12);
  await playground.click(page.getByRole('button', {name: 'Step forward'}));
  expect(await playground.step()).toBe(13);
  await playground.press('Home');
  expect(await playground.step()).toBe(0);
});

test('each step tells what happened, why, and whether the kernel did the same', async ({
  playground,
  page,
}) => {
  await playground.open('recording=mixed-1');
  await playground.press('ArrowRight');
  await expect(playground.story).toContainText('alloc_pages(GFP_KERNEL');
  await expect(playground.story).toContainText('same as the real kernel');
  await expect(playground.story).toContainText('0x10039e');
  const path = page.getByRole('list', {name: 'Decision path'}).getByRole('listitem');
  expect(await path.count()).toBeGreaterThan(1);
  await expect(page.getByRole('list', {name: 'Decision path'})).toContainText('mm/page_alloc.c');
});

test('plays, pauses and stops at the end', async ({playground, page}) => {
  await playground.open('recording=mixed-1&step=10111');
  await page.getByLabel('Calls per second').selectOption('600');
  await page.keyboard.press('Space');
  await playground.idle();
  expect(await playground.step()).toBe(callsOf('mixed-1'));

  await playground.open('recording=seq-1&step=7');
  await page.getByRole('button', {name: 'Play'}).click();
  await expect(playground.stepSlider).not.toHaveValue('7');
  await page.getByRole('button', {name: 'Pause'}).click();
  await playground.idle();
  const step = await playground.step();
  expect(step).toBeGreaterThan(7);
  expect(step).toBeLessThan(callsOf('seq-1'));
});
