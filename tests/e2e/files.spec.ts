// Goal: a person's own file opens in this tab, and a broken one is refused by name while the
// machine before it stays.
import {readFileSync} from 'node:fs';
import type {Page} from '@playwright/test';
import {expect, type Playground, test} from './playground.ts';
import {asFile, buddyinfoOf, dumpsOf, recordingPath, recordingText} from './recordings.ts';

type Upload = ReturnType<typeof asFile>;

async function choose(playground: Playground, page: Page, file: Upload): Promise<void> {
  await page.getByRole('button', {name: /^Machine:/}).click();
  await page.getByLabel(/A .jsonl.gz or .jsonl file/).setInputFiles(file);
  await playground.idle();
}

test('opens a recording from disk', async ({playground, page}) => {
  await playground.open();
  await choose(playground, page, asFile('mine.jsonl.gz', recordingText('seq-1')));
  expect(await playground.buddyinfoText()).toBe(buddyinfoOf(dumpsOf('seq-1')[0]!.zone));
  await expect(playground.story).toContainText('It stays in this tab');
  await playground.press('End');
  await expect(playground.story).toContainText('4,669 of 4,669');
});

const kPacked = () => readFileSync(recordingPath('seq-1'));
const kBroken: readonly {
  readonly what: string;
  readonly file: () => Upload;
  readonly says: RegExp;
}[] = [
  {
    what: 'a gzip stream cut in the middle',
    file: () => {
      const buffer = kPacked();
      return {...asFile('cut.jsonl.gz', ''), buffer: buffer.subarray(0, buffer.length / 2)};
    },
    says: /gzip stream ends after/,
  },
  {
    what: 'a recording without its last line',
    file: () =>
      asFile('short.jsonl.gz', recordingText('seq-1').split('\n').slice(0, 50).join('\n')),
    says: /end|truncated/i,
  },
  {
    what: 'a file that is not gzip',
    file: () => ({...asFile('photo.jsonl.gz', ''), buffer: Buffer.from('PNG or something')}),
    says: /not gzip/,
  },
  {
    what: 'a recording of another format version',
    file: () => asFile('new.jsonl.gz', recordingText('seq-1').replace('"fmt":1', '"fmt":2')),
    says: /version|fmt/i,
  },
  {
    what: 'a recording with a frame outside its zone',
    file: () => asFile('out.jsonl.gz', recordingText('seq-1').replace('[[0,"R",[', '[[0,"R",[77,')),
    says: /77|pfn|frame/i,
  },
  {
    what: 'text that is no JSON',
    file: () => asFile('text.jsonl.gz', 'hello\n'),
    says: /line 1|JSON/i,
  },
];

for (const {what, file, says} of kBroken) {
  test(`${what} is refused, and the machine stays`, async ({playground, page}) => {
    await playground.open('step=40');
    const hash = await playground.stateHash();
    await choose(playground, page, file());
    await expect(page.getByRole('alert')).toContainText('could not be opened');
    await expect(page.getByRole('alert')).toContainText(says);
    expect(await playground.stateHash()).toBe(hash);
    await page.getByRole('button', {name: 'Keep this one'}).click();
    await expect(page.getByRole('alert')).toHaveCount(0);
  });
}

test('boots a pristine machine from the form', async ({playground, page}) => {
  await playground.open();
  await page.getByRole('button', {name: /^Machine:/}).click();
  await page.getByLabel('memory in MiB', {exact: true}).fill('1024');
  await page.getByLabel('CPUs', {exact: true}).fill('4');
  await page.getByRole('button', {name: 'Boot it'}).click();
  await playground.idle();
  expect((await playground.buddyinfoText()).split('\n')).toHaveLength(3);
  await expect(page.getByRole('application')).toHaveAccessibleName(/1022|1023|1024|1 GiB|MiB/);
  await expect(page).toHaveURL(/pristine=1024&cpus=4/);
});
