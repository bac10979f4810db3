// Goal: the page opens with the first part of the engine alone, and what that part lacks comes with
// the first call of it, once, without the visitor noticing anything but the answer.
import {expect, test} from './playground.ts';

const kRest = /kmem\.rest-[^/]*\.wasm$/;

test('the rest of the engine is fetched by the first call that needs it', async ({
  playground,
  page,
}) => {
  const fetched: string[] = [];
  page.on('request', (request) => {
    if (kRest.test(request.url())) fetched.push(request.url());
  });
  await playground.open();
  await playground.press('ArrowRight', 3);
  await playground.call('alloc_pages', {'GFP flags': 'GFP_KERNEL', order: '4'});
  expect(fetched).toEqual([]);

  await playground.open('pristine=64&cpus=1');
  await playground.call('alloc_pages_exact', {bytes: '20480'});
  await expect(playground.result).toContainText('0xffff888');
  await playground.open('recording=compact-1&step=900');
  expect(fetched).toHaveLength(1);
});

test('a machine whose engine cannot come whole is given up, and can be opened again', async ({
  playground,
  page,
}) => {
  await page.route(kRest, (route) => route.abort());
  await playground.open();
  const text = await playground.buddyinfoText();
  await playground.open('pristine=64&cpus=1');
  await expect(page.getByRole('alert')).toContainText('kmem.rest');
  await page.unroute(kRest);
  await playground.open();
  expect(await playground.buddyinfoText()).toBe(text);
  playground.complaints.length = 0;
});
