// Goal: everybody can use the page: axe finds nothing, keys reach everything, motion and colours
// follow the person's settings, and a phone shows it all.
import AxeBuilder from '@axe-core/playwright';
import {expect, test} from './playground.ts';

const kSizes = [
  {width: 360, height: 780},
  {width: 768, height: 1024},
  {width: 1280, height: 800},
];

for (const colorScheme of ['light', 'dark'] as const) {
  for (const viewport of kSizes) {
    test.describe(`${colorScheme} at ${viewport.width}`, () => {
      test.use({colorScheme, viewport});

      test('axe finds nothing, and nothing is wider than the screen', async ({
        playground,
        page,
      }) => {
        await playground.open('recording=pcp-1&step=3000&sel=pfn:0x100820');
        await playground.click(playground.cell(10, 'Movable'));
        const {violations} = await new AxeBuilder({page}).analyze();
        expect(violations.map(({id, nodes}) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width).toBeLessThanOrEqual(viewport.width);
      });

      test('axe finds nothing in the dialogs', async ({playground, page}) => {
        await playground.open('recording=seq-1');
        for (const open of ['?', 'g']) {
          await playground.press(open);
          const {violations} = await new AxeBuilder({page}).analyze();
          expect(violations.map(({id, nodes}) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
          await page.keyboard.press('Escape');
        }
        await page.getByRole('button', {name: /^Machine:/}).click();
        const {violations} = await new AxeBuilder({page}).analyze();
        expect(violations.map(({id, nodes}) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      });
    });
  }
}

test('targets are at least 24 pixels', async ({playground, page}) => {
  await page.setViewportSize({width: 360, height: 780});
  await playground.open('step=40');
  const small = await page
    .locator('button:visible, select:visible, input:visible')
    .evaluateAll((all) =>
      all.flatMap((one) => {
        const {width, height} = one.getBoundingClientRect();
        // Links in running text are exempt (WCAG 2.5.8).
        const inline = one.classList.contains('pfn') || one.classList.contains('link');
        return inline || (width >= 24 && height >= 24) ? [] : [`${one.outerHTML.slice(0, 80)}`];
      }),
    );
  expect(small).toEqual([]);
});

test.describe('with less motion', () => {
  test.use({contextOptions: {reducedMotion: 'reduce'}});
  test('nothing is animated', async ({playground, page}) => {
    await playground.open();
    await playground.press('ArrowRight', 3);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  });
});

test.describe('with forced colours', () => {
  test.use({contextOptions: {forcedColors: 'active'}});
  test('axe finds nothing', async ({playground, page}) => {
    await playground.open('step=40');
    const {violations} = await new AxeBuilder({page}).analyze();
    expect(violations.map(({id}) => id)).toEqual([]);
  });
});

test('the step is spoken, and the theme can be chosen', async ({playground, page}) => {
  await playground.open();
  await playground.press('ArrowRight');
  await expect(page.getByRole('status').filter({hasText: /^Step 1: /})).toHaveCount(1);
  await page.getByRole('button', {name: 'Use dark colours'}).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.reload();
  await playground.idle();
  await expect(page.getByRole('button', {name: 'Use light colours'})).toBeVisible();
});

test('keys type into fields and do not move time', async ({playground, page}) => {
  await playground.open('step=40');
  await playground.console.getByLabel('order', {exact: true}).fill('');
  await page.keyboard.type('3,.?g');
  await playground.press('ArrowRight');
  expect(await playground.step()).toBe(40);
});

test('the built page has the strict policy', async ({playground, page}) => {
  await playground.open();
  const policy = await page
    .locator('meta[http-equiv="Content-Security-Policy"]')
    .getAttribute('content');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
  expect(policy).toContain("style-src 'self'");
  // The fixture fails the test when anything was blocked.
});
