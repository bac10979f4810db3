/** Numbers and names as the page prints them. */

const kGrouped = new Intl.NumberFormat('en-US');
const kPageBytes = 4096;
const kDirectMap = 0xffff_8880_0000_0000n;

/** 10171 -> "10,171". */
export function count(value: number): string {
  return kGrouped.format(value);
}

/** A page frame number as the kernel's tracepoints print it. */
export function pfnText(pfn: number): string {
  return `0x${pfn.toString(16)}`;
}

/** Physical address of a frame. Above 2^32, so no bit operators here. */
export function physicalAddress(pfn: number): string {
  return `0x${(pfn * kPageBytes).toString(16).padStart(9, '0')}`;
}

/**
 * Address of a frame in the direct map of x86-64 with four page-table levels and no KASLR, which
 * is what page_address() gives on the recorded machines.
 * @param offset bytes from the start of the frame.
 */
export function directMapAddress(pfn: number, offset = 0): string {
  const address = kDirectMap + BigInt(pfn) * BigInt(kPageBytes) + BigInt(offset);
  return `0x${address.toString(16)}`;
}

/** Pages as KiB, MiB or GiB, exact when it is whole: 1024 -> "4 MiB". */
export function memoryText(pages: number): string {
  const kib = (pages * kPageBytes) / 1024;
  if (kib < 1024) return `${kib} KiB`;
  const mib = kib / 1024;
  if (mib < 1024) return `${trimmed(mib)} MiB`;
  return `${trimmed(mib / 1024)} GiB`;
}

function trimmed(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

/** Singular or plural: `plural(1, 'block')` -> "1 block". */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** Reads a frame number as people write it: hex, decimal, after `pfn:`, or a page's address. */
export function parsePfn(text: string): number | null {
  const trimmedText = text
    .trim()
    .toLowerCase()
    .replace(/^pfn[:=\s]*/, '');
  if (/^0x[0-9a-f]{1,8}$/.test(trimmedText)) return Number.parseInt(trimmedText, 16);
  if (/^\d{1,10}$/.test(trimmedText)) return Number.parseInt(trimmedText, 10);
  if (/^0xffff[0-9a-f]{12}$/.test(trimmedText)) {
    const offset = BigInt(trimmedText) - kDirectMap;
    return offset < 0n ? null : Number(offset >> 12n);
  }
  return null;
}

/** One piece of a sentence: plain text, or a frame number to click. */
export type TextPart =
  | {readonly kind: 'text'; readonly text: string}
  | {readonly kind: 'pfn'; readonly text: string; readonly pfn: number};

/** `pfn 12`, `pfn 0x1a8`, `page frame 0x1a8`, `order-3 block 0x1a8`, `buddy 0x1a8`. */
const kPfnInText =
  /\b(?:pfn[\s:=]*(0x[0-9a-f]+|\d+)|(?:frames?|blocks?|buddy|buddies) (0x[0-9a-f]+))/gi;

/** Splits a sentence at its frame numbers ("… pfn 0x1a8 …"), so that each can be a link. */
export function splitAtPfns(sentence: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of sentence.matchAll(kPfnInText)) {
    const digits = match[1] ?? match[2] ?? '';
    const pfn = Number(digits);
    const start = match.index + match[0].length - digits.length;
    if (start > from) parts.push({kind: 'text', text: sentence.slice(from, start)});
    parts.push({kind: 'pfn', text: digits, pfn});
    from = start + digits.length;
  }
  if (from < sentence.length) parts.push({kind: 'text', text: sentence.slice(from)});
  return parts;
}
