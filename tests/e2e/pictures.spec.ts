// Goal: pictures to look at, of every size and theme; one of them is the README's.
import {existsSync} from 'node:fs';
import {expect, test} from './playground.ts';

const kMoment = 'recording=mixed-1&step=3036';
const kSelected = 'recording=mixed-1&step=3036&sel=pfn:0x100c80';

const kPictures = [
  {name: 'desktop-light', width: 1440, height: 900, colorScheme: 'light', hash: kMoment},
  {name: 'desktop-dark', width: 1440, height: 900, colorScheme: 'dark', hash: kSelected},
  {name: 'tablet-light', width: 820, height: 1180, colorScheme: 'light', hash: kMoment},
  {name: 'phone-light', width: 360, height: 780, colorScheme: 'light', hash: kMoment},
  {name: 'phone-dark', width: 360, height: 780, colorScheme: 'dark', hash: kSelected},
  {name: 'first-sight', width: 1280, height: 800, colorScheme: 'light', hash: ''},
  {name: 'pristine', width: 1440, height: 900, colorScheme: 'light', hash: 'pristine=1024&cpus=4'},
] as const;

for (const {name, width, height, colorScheme, hash} of kPictures) {
  test.describe(name, () => {
    test.use({viewport: {width, height}, colorScheme});
    test('picture', async ({playground, page}) => {
      await playground.open(hash);
      const picture = await page.screenshot({path: `test-results/pictures/${name}.png`});
      expect(picture.length).toBeGreaterThan(10_000);
    });
  });
}

test('the picture of the README', async ({playground, page}) => {
  await playground.open(kMoment);
  // Made once and committed; delete the file to have it made anew.
  const path = 'docs/screenshot.png';
  if (!existsSync(path)) await page.screenshot({path});
  expect(existsSync(path)).toBe(true);
});
