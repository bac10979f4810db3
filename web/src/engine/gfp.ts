/** GFP flags: reading "GFP_KERNEL|__GFP_ZERO" and printing a value as the kernel's %pGg does. */
import {UnknownGfpFlagError} from './errors.ts';
import {
  type GfpName,
  kGfpComposites,
  kGfpComposites2_6_18,
  kGfpFlags,
  kGfpFlags2_6_18,
} from './gfp.gen.ts';
import type {ProfileName} from './model.ts';

export {type GfpName, kGfpComposites, kGfpFlags} from './gfp.gen.ts';

/** The flags of one kernel, and the combinations that its code uses. */
export interface GfpTable {
  readonly flags: readonly GfpName[];
  readonly composites: readonly GfpName[];
}

/** On i386 with its 4 GiB, "below 4 GiB" is no wish, and the kernel defines the flag as 0. */
const kDma32 = '__GFP_DMA32';

/** What a form for a kernel offers. */
export function gfpTableOf(profile: ProfileName): GfpTable {
  if (profile === '6.1.192') return {flags: kGfpFlags, composites: kGfpComposites};
  const flags = kGfpFlags2_6_18.filter(({name}) => name !== kDma32 || profile === '2.6.18-x86_64');
  return {flags, composites: kGfpComposites2_6_18};
}

/** Bits of one name of a table; 0 for a name that it does not hold. */
export function gfpValueOf({flags, composites}: GfpTable, name: string): number {
  return [...composites, ...flags].find((one) => one.name === name)?.value ?? 0;
}

/** All bits of gfp_t in Linux 6.1 on x86-64. */
export const kAllGfpBits = kGfpFlags.reduce((bits, flag) => bits | flag.value, 0);

/** Spellings of the kernel beside the names of the two tables. */
const kAliases: Readonly<Record<string, number>> = {
  GFP_DMA: 0x1,
  GFP_DMA32: 0x4,
  __GFP_RECLAIM: 0xc00,
};

const kValues: ReadonlyMap<string, number> = new Map([
  ...kGfpComposites.map(({name, value}) => [name, value] as const),
  ...Object.entries(kAliases),
  ...kGfpFlags.map(({name, value}) => [name, value] as const),
]);

/** Every name that {@link parseGfp} accepts: combinations first, then single flags. */
export const kGfpNames: readonly string[] = [...kValues.keys()];

/**
 * The order of the kernel's own table (include/trace/events/mmflags.h): the first name whose bits
 * are all still set is printed and its bits are cleared, so bigger combinations come first.
 */
const kPrintOrder = [
  ...['GFP_TRANSHUGE', 'GFP_TRANSHUGE_LIGHT', 'GFP_HIGHUSER_MOVABLE', 'GFP_HIGHUSER', 'GFP_USER'],
  ...['GFP_KERNEL_ACCOUNT', 'GFP_KERNEL', 'GFP_NOFS', 'GFP_ATOMIC', 'GFP_NOIO', 'GFP_NOWAIT'],
  ...['GFP_DMA', '__GFP_HIGHMEM', 'GFP_DMA32', '__GFP_HIGH', '__GFP_ATOMIC', '__GFP_IO'],
  ...['__GFP_FS', '__GFP_NOWARN', '__GFP_RETRY_MAYFAIL', '__GFP_NOFAIL', '__GFP_NORETRY'],
  ...['__GFP_COMP', '__GFP_ZERO', '__GFP_NOMEMALLOC', '__GFP_MEMALLOC', '__GFP_HARDWALL'],
  ...['__GFP_THISNODE', '__GFP_RECLAIMABLE', '__GFP_MOVABLE', '__GFP_ACCOUNT', '__GFP_WRITE'],
  ...['__GFP_RECLAIM', '__GFP_DIRECT_RECLAIM', '__GFP_KSWAPD_RECLAIM', '__GFP_ZEROTAGS'],
].map((name) => ({name, value: kValues.get(name)!}));

/** Letters to insert, drop or replace to get from one word to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({length: to.length + 1}, (_, i) => i);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replace = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}

/**
 * The accepted name that is nearest to a misspelt one, or null when none is near.
 * "KERNEL" and "gfp_kernel" count as near: people leave the prefix out.
 */
export function suggestGfpName(name: string): string | null {
  const wanted = name.toUpperCase();
  const bare = wanted.replace(/^_*(?:GFP_)?/, '');
  let best: string | null = null;
  // A third of the letters may be wrong; more would be guessing.
  let bestDistance = Math.floor(Math.max(bare.length, 3) / 3) + 1;
  for (const candidate of kGfpNames) {
    const distance = Math.min(
      editDistance(wanted, candidate),
      editDistance(bare, candidate.replace(/^_*GFP_/, '')),
    );
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function unknownFlag(name: string, offset: number): UnknownGfpFlagError {
  const said = name === '' ? 'a GFP flag is missing' : `unknown GFP flag "${name}"`;
  const suggestion = name === '' ? null : suggestGfpName(name);
  const hint = suggestion === null ? '' : ` did you mean ${suggestion}?`;
  return new UnknownGfpFlagError(
    'UnknownGfpFlag',
    `${said} at column ${offset + 1}:${hint} Accepted: ${kGfpNames.join(', ')}, ` +
      `or a number up to 0x${kAllGfpBits.toString(16)}`,
    {line: 1, column: offset + 1, byte: offset + 1},
  );
}

function parseOne(name: string): number | null {
  const value = kValues.get(name);
  if (value !== undefined) return value;
  if (!/^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/.test(name)) return null;
  const number = Number(name);
  return number <= kAllGfpBits ? number : null;
}

/**
 * Value of flag names joined by `|`, blanks allowed, or of numbers (0x… or decimal).
 *
 * @throws {UnknownGfpFlagError} with the column, the nearest name and all accepted ones.
 */
export function parseGfp(text: string): number {
  let flags = 0;
  let offset = 0;
  for (const part of text.split('|')) {
    const name = part.trim();
    const value = parseOne(name);
    if (value === null) {
      throw unknownFlag(name, offset + (name === '' ? 0 : part.indexOf(name)));
    }
    flags |= value;
    offset += part.length + 1;
  }
  return flags >>> 0;
}

/**
 * Names of the flags as printk's %pGg prints them: joined by `|`, left-over bits in hexadecimal.
 *
 * @param empty text for 0: %pGg prints nothing, the trace events print "none".
 * @kernel format_flags(), lib/vsprintf.c
 */
export function formatGfp(value: number, empty = ''): string {
  if (value === 0) return empty;
  const names: string[] = [];
  let left = value >>> 0;
  for (const flag of kPrintOrder) {
    if ((left & flag.value) !== flag.value) continue;
    names.push(flag.name);
    left = (left & ~flag.value) >>> 0;
  }
  if (left !== 0) names.push(`0x${left.toString(16)}`);
  return names.join('|');
}
