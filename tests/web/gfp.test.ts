// Goal: names and values of GFP flags are the kernel's, both ways; a misspelt one gets help.
// Method: pairs checked on a running 6.1 kernel (facts/page_alloc.md 6.3), then any
// value at random.
import {readFileSync} from 'node:fs';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {generate} from '../../scripts/gen_gfp.mjs';
import {UnknownGfpFlagError} from '../../web/src/engine/errors.ts';
import {
  formatGfp,
  kAllGfpBits,
  kGfpComposites,
  kGfpFlags,
  kGfpNames,
  parseGfp,
  suggestGfpName,
} from '../../web/src/engine/gfp.ts';

describe('formatGfp', () => {
  test.each([
    [0x8c0, 'GFP_NOWAIT|__GFP_IO|__GFP_FS'],
    [0x50, '__GFP_IO|__GFP_RECLAIMABLE'],
    [0xcc1, 'GFP_KERNEL|GFP_DMA'],
    [0x2dc0, 'GFP_KERNEL|__GFP_NOWARN|__GFP_ZERO'],
    [0xc50, 'GFP_NOFS|__GFP_RECLAIMABLE'],
    [0x140dca, 'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO'],
    [0xcc4, 'GFP_KERNEL|GFP_DMA32'],
    [0x400dc0, 'GFP_KERNEL_ACCOUNT|__GFP_ZERO'],
    [0x1000cc0, 'GFP_KERNEL|0x1000000'],
    [0x80000000, '0x80000000'],
    [0x1000000, '0x1000000'],
  ])('0x%x is %s', (value, names) => {
    expect(formatGfp(value)).toBe(names);
  });

  test('prints nothing for 0, or what the caller wants there', () => {
    expect([formatGfp(0), formatGfp(0, 'none')]).toEqual(['', 'none']);
  });
});

describe('parseGfp', () => {
  test('reads every name it lists, blanks, aliases and numbers', () => {
    const values = new Map([...kGfpFlags, ...kGfpComposites].map(({name, value}) => [name, value]));
    for (const [name, value] of values) expect(parseGfp(name)).toBe(value);
    expect(kGfpNames).toHaveLength(values.size + 3);
    expect(parseGfp(' GFP_KERNEL | __GFP_ZERO ')).toBe(0xdc0);
    expect(parseGfp('GFP_DMA|GFP_DMA32|__GFP_RECLAIM')).toBe(0xc05);
    expect([parseGfp('0xCC0'), parseGfp('3264'), parseGfp('0')]).toEqual([0xcc0, 0xcc0, 0]);
  });

  test('reads back what formatGfp prints', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: kAllGfpBits}), (value) => {
        expect(parseGfp(formatGfp(value))).toBe(value);
      }),
    );
  });

  test.each([
    ['GFP_KERNAL', 1, 'GFP_KERNEL'],
    ['GFP_KERNEL|__GFP_ZEROO', 12, '__GFP_ZERO'],
    ['GFP_KERNEL |  kernel_account', 15, 'GFP_KERNEL_ACCOUNT'],
    ['gfp_atomic', 1, 'GFP_ATOMIC'],
    ['GFP_NOIO|MOVEABLE', 10, '__GFP_MOVABLE'],
    ['0x1000000', 1, null],
    ['', 1, null],
    ['GFP_KERNEL||__GFP_ZERO', 12, null],
    ['GFP_KERNEL|constructor', 12, null],
  ])('refuses "%s" at column %i and suggests %s', (text, column, suggestion) => {
    let thrown: unknown;
    try {
      parseGfp(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UnknownGfpFlagError);
    const error = thrown as UnknownGfpFlagError;
    expect([error.code, error.line, error.column]).toEqual(['UnknownGfpFlag', 1, column]);
    expect(/did you mean (\w+)\?/.exec(error.message)?.[1] ?? null).toBe(suggestion);
    expect(error.message).toContain('Accepted: GFP_KERNEL, GFP_ATOMIC, GFP_NOWAIT');
  });

  test('says the whole story', () => {
    const accepted = kGfpNames.join(', ');
    expect(() => parseGfp('GFP_KERNEL|__GFP_ZER')).toThrow(
      `unknown GFP flag "__GFP_ZER" at column 12: did you mean __GFP_ZERO? ` +
        `Accepted: ${accepted}, or a number up to 0xffffff`,
    );
    expect(() => parseGfp('GFP_KERNEL|')).toThrow(
      `a GFP flag is missing at column 12: Accepted: ${accepted}, or a number up to 0xffffff`,
    );
  });
});

test('suggestGfpName makes no wild guesses', () => {
  expect(suggestGfpName('alloc_pages')).toBeNull();
  expect(suggestGfpName('GFP_NOWAITT')).toBe('GFP_NOWAIT');
});

test('the generated files are fresh', () => {
  for (const [path, text] of Object.entries(generate())) {
    const found = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
    expect(found, `${path} is stale: run node scripts/gen_gfp.mjs`).toBe(text);
  }
});
