// Goal: the picture of an area of vmalloc tells the truth: ranges are those of /proc/vmallocinfo,
// frames those that the call gave, lines lead from each page to its frame.
import {expect, test} from 'vitest';
import {vmallocAddress} from '../../web/src/engine/explain_words.ts';
import type {AreaView} from '../../web/src/engine/model.ts';
import {areaPicture, framesText, piecesOf} from '../../web/src/render/area_picture.ts';
import {bytesOfLines, realSession, recordingLines} from './real_engine.ts';

/** Ranges of /proc/vmallocinfo as [start, bytes, waits]. */
function vmallocinfoRows(text: string): (string | number | boolean)[][] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [range = '', bytes] = line.split(/\s+/);
      return [range.split('-')[0]!, Number(bytes), line.includes('unpurged')];
    });
}

test.each(['debian/vmalloc-1', 'slab-up/vmalloc-1'])(
  '%s: as in /proc/vmallocinfo',
  async (name) => {
    using session = await realSession();
    session.loadRecording(bytesOfLines(recordingLines(name)));
    session.seek(700);
    const {areas, waiting} = session.areas();
    const rows = areas.map(({page, pages, waits}) => [vmallocAddress(page), pages * 4096, waits]);
    expect(rows).toEqual(vmallocinfoRows(session.procfs('/proc/vmallocinfo')));
    const waits = areas.filter((area) => area.waits).reduce((sum, area) => sum + area.pages, 0);
    expect(waits).toBe(waiting);
    expect(waiting).toBeGreaterThan(0);
    expect(areas.filter((area) => area.kind === 'vmalloc').length).toBeGreaterThan(10);
  },
);

test('an area of five pages has five frames, a guard, and waits when it is freed', async () => {
  using session = await realSession();
  session.bootPristine({memory_mib: 64, cpus: 1});
  const step = session.run({op: 'vmalloc', bytes: 20_000});
  const area = session.areas().areas.find((one) => one.kind === 'vmalloc')!;
  expect(vmallocAddress(area.page)).toBe(step.address);
  expect(area).toMatchObject({pages: 6, mapped: 5, pfns: step.pfns, waits: false});
  session.run({op: 'vfree', address: step.address});
  const after = session.areas().areas.find((one) => one.page === area.page);
  expect(after).toMatchObject({pages: 6, mapped: 0, waits: true});
});

const area: AreaView = {
  page: 2,
  pages: 5,
  kind: 'vmalloc',
  waits: false,
  mapped: 4,
  pfns: [12, 10, 11, 17],
};

test('frames that lie one behind the other are one piece', () => {
  expect(piecesOf(area.pfns)).toEqual([
    [12, 1],
    [10, 2],
    [17, 1],
  ]);
  expect(framesText(area)).toBe('4 frames in 3 pieces');
  expect(framesText({...area, kind: ''})).toBe('not known');
});

test('each line leads from the middle of a page to the middle of its frame', () => {
  const picture = areaPicture(area)!;
  expect([picture.first, picture.last]).toEqual(['0xa', '0x11']);
  expect(picture.lines.map(({above}) => above)).toEqual(
    [0.1, 0.3, 0.5, 0.7].map((x) => expect.closeTo(x)),
  );
  expect(picture.lines.map(({below}) => below)).toEqual([2.5 / 8, 0.5 / 8, 1.5 / 8, 7.5 / 8]);
  expect(areaPicture({...area, pfns: []})).toBeNull();
});
