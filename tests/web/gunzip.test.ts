// Goal: a file that is not a whole gzip stream is refused by name, with what was found and where.
// Method: one good stream, cut, damaged and replaced; whole errors compared.
import {gzipSync} from 'node:zlib';
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {KmemError} from '../../web/src/engine/errors.ts';
import {gunzip, isGzip, unpackRecording} from '../../web/src/engine/gunzip.ts';

const kText = new TextEncoder().encode(
  Array.from({length: 4000}, (_, i) => `{"i":${i},"op":"A","r":${(i * 7919) % 65537}}`).join('\n'),
);
const kGzip = new Uint8Array(gzipSync(kText));

async function refusal(bytes: Uint8Array, name = 'a.jsonl.gz', most?: number): Promise<KmemError> {
  try {
    await gunzip(bytes, name, most);
  } catch (error) {
    if (error instanceof KmemError) return error;
    throw error;
  }
  throw new Error('accepted');
}

describe('gunzip', () => {
  test('unpacks a whole stream, also one of nothing', async () => {
    expect(await gunzip(kGzip, 'a.gz')).toEqual(kText);
    expect(await gunzip(new Uint8Array(gzipSync('')), 'a.gz')).toEqual(new Uint8Array());
  });

  test.each([
    ['{"t":"meta"}', '7b 22 ("{"")'],
    ['P', '50 ("P")'],
    ['\u001f\u008c', '1f c2'],
  ])('refuses what is not gzip: %s', async (text, found) => {
    const error = await refusal(new TextEncoder().encode(text));
    expect([error.name, error.code, error.byte]).toEqual(['NotGzipError', 'NotGzip', 1]);
    expect(error.message).toBe(
      `a.jsonl.gz: not gzip: it starts with ${found} instead of 1f 8b. ` +
        'Accepted: recordings packed with gzip, or plain ones whose name ends in .jsonl',
    );
  });

  test('refuses an empty file', async () => {
    const error = await refusal(new Uint8Array());
    expect([error.name, error.message]).toEqual([
      'TruncatedError',
      'a.jsonl.gz: the file is empty',
    ]);
  });

  test('says where a cut stream ends, wherever it is cut', async () => {
    const cut = fc.integer({min: 2, max: kGzip.length - 1});
    await fc.assert(
      fc.asyncProperty(cut, async (length) => {
        const error = await refusal(kGzip.subarray(0, length));
        expect([error.name, error.code, error.byte]).toEqual([
          'TruncatedError',
          'RecordingTruncated',
          length + 1,
        ]);
        expect(error.message).toMatch(
          new RegExp(
            `^a\\.jsonl\\.gz: the gzip stream ends after ${length} bytes, before its end mark; ` +
              '[0-9]+ bytes were unpacked$',
          ),
        );
      }),
      {numRuns: 25},
    );
  });

  test('refuses a damaged stream, header, data or checksum', async () => {
    for (const at of [2, 300, kGzip.length - 6]) {
      const damaged = kGzip.slice();
      damaged[at]! ^= 0xff;
      const error = await refusal(damaged);
      expect([at, error.name, error.code]).toEqual([at, 'CorruptGzipError', 'CorruptGzip']);
      expect(error.message).toMatch(
        /^a\.jsonl\.gz: the gzip stream is damaged near byte \d+ of \d+/,
      );
      expect(error.byte).toBeGreaterThan(0);
      expect(error.byte).toBeLessThanOrEqual(kGzip.length);
    }
  });

  test('stops unpacking what no recording can be', async () => {
    const error = await refusal(
      new Uint8Array(gzipSync(Buffer.alloc(1 << 22))),
      'bomb.gz',
      1 << 16,
    );
    expect([error.name, error.message]).toEqual([
      'RecordingFormatError',
      'bomb.gz: unpacks to more than 65536 bytes, which no recording has',
    ]);
  });
});

describe('unpackRecording', () => {
  test('takes plain text by the name .jsonl, and gzip by any name', async () => {
    expect(await unpackRecording(kText, 'a.jsonl')).toBe(kText);
    expect(await unpackRecording(kGzip, 'a.jsonl')).toEqual(kText);
    expect(await unpackRecording(kGzip, 'whatever')).toEqual(kText);
    await expect(unpackRecording(kText, 'a.jsonl.gz')).rejects.toThrow('not gzip');
  });

  test('isGzip looks at two bytes', () => {
    expect([isGzip(kGzip), isGzip(kText), isGzip(new Uint8Array())]).toEqual([true, false, false]);
  });
});
