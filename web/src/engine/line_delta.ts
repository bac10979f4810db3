/**
 * Recordings as the page ships them: the lines of a recording hardly differ but in numbers that
 * count up, which gzip cannot see. So the numbers are written as differences, which a fifth of the
 * bytes can hold. scripts/lib/line_delta.mjs packs; both keep every byte of the text.
 *
 * Packed text has two kinds of lines. `+...` declares a shape: a line whose numbers are \u0001.
 * `5 1 -3` is a line of shape 5 with its numbers: each as the difference to the last number of the
 * same JSON key in the text, or, without a key before it, to the number before it in the line.
 */
const kNumber = '\u0001';
const kKeyBefore = /"(\w+)":$/;

/** The text between the numbers, and the key of each number. */
interface Shape {
  readonly parts: readonly string[];
  readonly keys: readonly (string | null)[];
}

function shapeOf(text: string): Shape {
  const parts = text.split(kNumber);
  const keys = parts.slice(0, -1).map((part) => kKeyBefore.exec(part)?.[1] ?? null);
  return {parts, keys};
}

/** The text of a recording from its packed form. */
export function unpackLines(packed: string): string {
  const shapes: Shape[] = [];
  const lastOfKey = new Map<string, number>();
  const lines: string[] = [];
  for (const line of packed.split('\n')) {
    if (line.startsWith('+')) {
      shapes.push(shapeOf(line.slice(1)));
      continue;
    }
    const [index, ...differences] = line.split(' ').map(Number);
    const shape = shapes[index ?? -1];
    if (!shape) throw new RangeError(`a packed recording has no shape ${index}`);
    let text = shape.parts[0] ?? '';
    let before = 0;
    for (const [at, difference] of differences.entries()) {
      const key = shape.keys[at] ?? null;
      before = difference + (key === null ? before : (lastOfKey.get(key) ?? 0));
      if (key !== null) lastOfKey.set(key, before);
      text += before + (shape.parts[at + 1] ?? '');
    }
    lines.push(text);
  }
  return lines.join('\n');
}
