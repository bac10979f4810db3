// Packs the text of a recording for the page; web/src/engine/line_delta.ts says how and unpacks.

/** Whole numbers as JSON writes them; longer ones would lose digits and stay text. */
const kWholeNumber = /(?<!\d)(?:0|[1-9]\d{0,14})(?!\d)/g;
const kNumber = '\u0001';

/** The packed form of a text. */
export function packLines(text) {
  const shapes = new Map();
  const lastOfKey = new Map();
  const packed = [];
  for (const line of text.split('\n')) {
    const shape = line.replace(kWholeNumber, kNumber);
    if (!shapes.has(shape)) {
      shapes.set(shape, shapes.size);
      packed.push(`+${shape}`);
    }
    let before = 0;
    const parts = shape.split(kNumber);
    const differences = (line.match(kWholeNumber) ?? []).map((digits, at) => {
      const key = /"(\w+)":$/.exec(parts[at])?.[1];
      const base = key === undefined ? before : (lastOfKey.get(key) ?? 0);
      before = Number(digits);
      if (key !== undefined) lastOfKey.set(key, before);
      return before - base;
    });
    packed.push([shapes.get(shape), ...differences].join(' '));
  }
  return packed.join('\n');
}
