// Goal: a person sees what vmalloc() gave: addresses in one piece, frames that lie anywhere, a
// guard, and addresses that wait after vfree().
import AxeBuilder from '@axe-core/playwright';
import {expect, test} from './playground.ts';

test('an area, its frames, and what is left after vfree()', async ({playground, page}) => {
  await playground.open('pristine=64&cpus=1');
  await playground.call('vmalloc', {bytes: '20000'});
  await expect(playground.result).toContainText('0xffffc90000000000');
  await playground.click(page.getByRole('button', {name: 'Open the virtual addresses'}));
  const row = page.getByRole('row', {name: /0xffffc90000000000/});
  await expect(row).toContainText('24 KiB');
  await expect(row).toContainText('vmalloc()');
  await playground.click(row.getByRole('button'));

  const area = page.getByRole('region', {name: 'Area at 0xffffc90000000000'});
  await expect(area).toContainText('6 pages of addresses, 5 frames');
  await expect(area).toContainText('1 page of guard');
  await expect(area.getByRole('img')).toHaveAccessibleName(/frames between 0x\w+ and 0x\w+ below/);
  await playground.click(area.getByRole('button').first());
  await expect(page.locator('kmem-details')).toContainText('Allocated block');

  const axe = await new AxeBuilder({page}).analyze();
  expect(axe.violations.map(({id, nodes}) => `${id}: ${nodes[0]?.html}`)).toEqual([]);

  await playground.call('vfree', {address: '0xffffc90000000000'});
  await expect(row).toContainText('waits for a purge');
  await expect(row).toContainText('given back');
  await playground.click(page.getByRole('button', {name: 'Close the virtual addresses'}));
  await expect(area).toHaveCount(0);
});
