// Goal: recordings packed for the page come back byte for byte.
import {readdirSync, readFileSync} from 'node:fs';
import {gunzipSync, gzipSync} from 'node:zlib';
import fc from 'fast-check';
import {expect, test} from 'vitest';
import {packLines} from '../../scripts/lib/line_delta.mjs';
import {unpackLines} from '../../web/src/engine/line_delta.ts';

const kFolder = new URL('../conformance/recordings/debian/', import.meta.url);

test.each(readdirSync(kFolder))('%s comes back as it was', (file) => {
  const text = gunzipSync(readFileSync(new URL(file, kFolder))).toString('utf8');
  expect(unpackLines(packLines(text)) === text).toBe(true);
});

test('numbers that are no plain whole numbers stay what they are', () => {
  const text = '{"a":007,"b":-5,"c":1.50,"d":"0x1f9","e":99999999999999999999,"f":[3,2,1]}\n\n+1 2';
  expect(unpackLines(packLines(text))).toBe(text);
});

test('any text comes back', () => {
  const line = fc.stringMatching(/^[ -~]{0,40}$/);
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = lines.join('\n');
      expect(unpackLines(packLines(text))).toBe(text);
    }),
  );
});

test('a recording of runs gets a fifth of its size', () => {
  const packed = readFileSync(new URL('seq-1.jsonl.gz', kFolder));
  const text = gunzipSync(packed).toString('utf8');
  expect(gzipSync(packLines(text), {level: 9}).length).toBeLessThan(packed.length / 5);
});
