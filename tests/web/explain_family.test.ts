// Goal: kmalloc() by its other names and calls about many objects are told in words, no event of
// them is left out, and the page knows which objects are still held.
// Method: real calls on pristine machines with SLUB and with SLAB, whole sentences.
import {describe, expect, test} from 'vitest';
import {heldObjects} from '../../web/src/engine/held_objects.ts';
import type {StepInfo, UserCommand} from '../../web/src/engine/model.ts';
import type {Session} from '../../web/src/engine/session.ts';
import {formatCall, parseCall} from '../../web/src/page/call_text.ts';
import {realSession} from './real_engine.ts';

/** A machine and what was called on it. */
class Calls {
  readonly session: Session;
  readonly steps: {step: number; command: UserCommand; info: StepInfo}[] = [];

  private constructor(session: Session) {
    this.session = session;
  }

  static async on(slab_allocator: 'SLUB' | 'SLAB'): Promise<Calls> {
    const session = await realSession();
    session.bootPristine({memory_mib: 64, slab_allocator});
    return new Calls(session);
  }

  run(call: string): StepInfo {
    const command = parseCall(call);
    expect(parseCall(formatCall(command))).toEqual(command);
    const info = this.session.run(command);
    this.steps.push({step: info.step, command, info});
    return info;
  }

  /** What happened, without the numbers of frames. */
  told(call: string): string {
    this.run(call);
    const explained = this.session.explain();
    for (const {title} of explained?.path ?? []) expect(title).not.toBe('');
    return (explained?.sentence ?? '')
      .replaceAll(/0x[0-9a-f]+ \+ \d+/g, 'OBJECT')
      .replaceAll(/0x[0-9a-f]+/g, 'PFN');
  }

  object(call: string): string {
    const {pfns, offset} = this.run(call);
    return `0x${pfns[0]?.toString(16)} + ${offset}`;
  }

  held(): readonly string[] {
    return heldObjects(this.steps).map(({pfn, offset}) => `0x${pfn.toString(16)} + ${offset}`);
  }
}

describe.each(['SLUB', 'SLAB'] as const)('%s', (allocator) => {
  test('krealloc', async () => {
    const calls = await Calls.on(allocator);
    const object = calls.object('kmalloc(100, GFP_KERNEL)');
    expect(calls.told(`krealloc(${object}, 120, GFP_KERNEL)`)).toBe(
      'The object has 128 bytes, enough for 120: it stays where it is.',
    );
    expect(calls.held()).toEqual([object]);
    expect(calls.told(`krealloc(${object}, 5000000, GFP_KERNEL)`)).toContain(
      'gave NULL: no memory for 5000000 bytes, and the object is as it was.',
    );
    expect(calls.held()).toEqual([object]);
    expect(calls.told(`krealloc(${object}, 200, GFP_KERNEL)`)).toBe(
      '128 bytes are not enough for 200: they moved to object OBJECT, and the old object is free.',
    );
    const [moved] = calls.held();
    expect(moved).not.toBe(object);
    expect(calls.told(`krealloc(${moved}, 0, GFP_KERNEL)`)).toContain('ZERO_SIZE_PTR');
    expect(calls.held()).toEqual([]);
    expect(calls.told('krealloc(NULL, 10, GFP_KERNEL)')).toContain('was handed out');
  });

  test('sizes, arrays and secrets', async () => {
    const calls = await Calls.on(allocator);
    const object = calls.object('kcalloc(10, 7, GFP_KERNEL)');
    expect(calls.told(`ksize(${object})`)).toBe('96 bytes belong to the user of this object.');
    expect(calls.told('kmalloc_size_roundup(9000)')).toBe(
      'kmalloc() would give 16384 bytes for so many.',
    );
    expect(calls.told('kmalloc_array(9007199254740991, 4096, GFP_KERNEL)')).toContain(
      'more bytes than 64 bits can say',
    );
    expect(calls.session.explain()?.path.map(({title}) => title)).toEqual(['Overflow']);
    expect(calls.told('kmalloc(5000000, GFP_KERNEL)')).toBe(
      'kmalloc(5000000, GFP_KERNEL) gave NULL: order 11 is more than there is, and the kernel ' +
        'warns.',
    );
    expect(calls.told(`kfree_sensitive(${object})`)).toMatch(/^96 bytes became 0 first\. Freed/);
    expect(calls.held()).toEqual([]);
    expect(calls.told(`kfree_sensitive(${object})`)).toContain('a double free');
  });

  test('many objects, and what a constructor leaves', async () => {
    const calls = await Calls.on(allocator);
    calls.told('kmem_cache_create("t", 2048, 0, 0, fill_0xc7)');
    expect(calls.told('kmem_cache_alloc_bulk(t, GFP_KERNEL, 4)')).toMatch(
      /^4 objects were handed out in one call, for which \d slabs? was made\.$/,
    );
    const held = calls.held();
    expect(held).toHaveLength(4);
    const {objects} = calls.session.stepInfo(calls.session.length);
    const [{pfn = 0, offset = 0} = {}] = objects;
    expect([...calls.session.readBytes(pfn + Math.floor(offset / 4096), offset % 4096, 2)]).toEqual(
      [0xc7, 0xc7],
    );
    expect(calls.told(`kmem_cache_free_bulk(t, 3, {${held.slice(0, 3).join(', ')}})`)).toMatch(
      allocator === 'SLUB' ? /^Freed 3 objects in \d group/ : /^Freed 3 objects, one after/,
    );
    expect(calls.held()).toEqual(held.slice(3));
    expect(calls.told(`kfree_bulk(${held[3]})`)).toContain('Freed 1 object');
    expect(calls.session.verify()).toBeNull();
  });
});
