// Goal: what vmalloc does is told in words, the kernel's own warnings among them, and no event of a
// call is left out.
// Method: real calls on pristine machines with SLUB and with SLAB, whole sentences and paths.
import {describe, expect, test} from 'vitest';
import type {Explanation} from '../../web/src/engine/explain.ts';
import type {Session} from '../../web/src/engine/session.ts';
import {parseCall, resultOf} from '../../web/src/page/call_text.ts';
import {realSession} from './real_engine.ts';

const kFirst = '0xffffc90000000000';

/** Makes a call as text; what it gave and what is told about it. */
function made(session: Session, text: string): Explanation & {readonly given: string} {
  const command = parseCall(text);
  const info = session.run(command);
  const story = session.explain();
  if (story === null) throw new Error('no step has run');
  for (const step of story.path) expect(step.title).not.toBe('');
  return {...story, given: resultOf(command, info)};
}

describe.each(['SLUB', 'SLAB'] as const)('vmalloc with %s', (slab_allocator) => {
  const booted = async () => {
    const session = await realSession();
    session.bootPristine({memory_mib: 64, slab_allocator});
    return session;
  };

  test('an area, its pages and its end', async () => {
    const session = await booted();
    const area = made(session, 'vmalloc(20480)');
    expect(area.given).toBe(kFirst);
    expect(area.sentence).toBe(
      `5 pages, taken one by one, can be used as one piece from ${kFirst} on; one page of ` +
        'addresses behind them stays unmapped as a guard.',
    );
    expect(area.path.map((step) => step.title)).toEqual(
      expect.arrayContaining(['Addresses', 'Pages in bulk', 'Page table']),
    );
    const info = session.stepInfo(1);
    expect(info.pfns).toHaveLength(5);
    expect(info.address).toBe(kFirst);
    const freed = made(session, `vfree(${kFirst})`);
    expect(freed.sentence).toBe(
      `Freed 5 pages from ${kFirst} at once; the addresses wait for a purge.`,
    );
    expect(freed.path.map((step) => step.title)).toContain('Addresses wait');
    expect(made(session, 'vzalloc(1)').sentence).toContain('1 page, taken one by one');
    session.dispose();
  });

  test('bad calls, with what the kernel writes to its log', async () => {
    const session = await booted();
    expect(made(session, 'vmalloc(0)').sentence).toBe(
      'vmalloc(0) gave NULL: 0 bytes were asked for: the kernel warns once and returns NULL.',
    );
    const much = made(session, 'vmalloc(1073741824)');
    expect(much.given).toBe('NULL');
    expect(much.sentence).toBe(
      'vmalloc(1073741824) gave NULL: the machine does not have so many pages: ' +
        '"vmalloc error: size 1073741824, exceeds total pages".',
    );
    made(session, 'vmalloc(1)');
    expect(made(session, 'vfree(0xffffc90000000010)').sentence).toBe(
      'vfree(0xffffc90000000010): the kernel warns "Trying to vfree() bad address ' +
        '(0xffffc90000000010)", as it is not the first byte of a page; nothing is freed.',
    );
    made(session, `vfree(${kFirst})`);
    const twice = made(session, `vfree(${kFirst})`);
    expect(twice.sentence).toBe(
      `vfree(${kFirst}): the kernel warns "Trying to vfree() nonexistent vm area (${kFirst})", ` +
        'as no area in use holds it; nothing is freed.',
    );
    expect(twice.path).toEqual([
      expect.objectContaining({
        kind: 'fail',
        title: 'Not freed',
        kernel: '__vunmap(), mm/vmalloc.c',
      }),
    ]);
    expect(made(session, 'vfree(0xffff888000001000)').sentence).toContain('nonexistent vm area');
    expect(made(session, 'vfree(NULL)').sentence).toBe('vfree(NULL): nothing to free.');
    session.dispose();
  });

  test('many freed addresses bring a purge', async () => {
    const session = await booted();
    let told = '';
    for (let i = 0; i < 12 && !told.includes('purge.'); i += 1) {
      const {given} = made(session, 'vmalloc(4194304)');
      told = made(session, `vfree(${given})`).sentence;
      if (told.includes('by a purge')) break;
      told = '';
    }
    expect(told).toContain('the addresses are free again too, by a purge.');
    expect(made(session, 'vmalloc(1)').given).toBe(kFirst);
    session.dispose();
  });
});

test('2.6.18 refuses it by name', async () => {
  const session = await realSession();
  session.bootPristine({memory_mib: 64, profile: '2.6.18-i386'});
  expect(() => session.run({op: 'vmalloc', bytes: 1})).toThrow(/vmalloc of Linux 2.6.18/);
  session.dispose();
});
