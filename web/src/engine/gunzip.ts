/** Unzipping a recording, with errors that say what was found and where. */
import {CorruptGzipError, NotGzipError, RecordingFormatError, TruncatedError} from './errors.ts';

/** Compressed bytes handed over at a time: the precision of the position of an error. */
const kChunkBytes = 4096;
/** A recording of a million calls has some 60 MB; beyond this it is a zip bomb or a mistake. */
export const kMaxRecordingBytes = 512 * 1024 * 1024;

function hexBytes(bytes: Uint8Array): string {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const text = String.fromCharCode(...bytes);
  return /^[ -~]+$/.test(text) ? `${hex} ("${text}")` : hex;
}

/** Whether the bytes start as every gzip stream does (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Browsers and Node word it differently, and only Node gives a code. */
function saysTruncated(error: unknown): boolean {
  const {code, message} = error as {code?: string; message?: string};
  return code === 'Z_BUF_ERROR' || /truncat|unexpected end|end of/i.test(message ?? '');
}

function requireGzip(bytes: Uint8Array, name: string): void {
  if (bytes.length === 0) {
    throw new TruncatedError('RecordingTruncated', `${name}: the file is empty`, {byte: 1});
  }
  if (isGzip(bytes)) return;
  throw new NotGzipError(
    'NotGzip',
    `${name}: not gzip: it starts with ${hexBytes(bytes.subarray(0, 2))} instead of 1f 8b. ` +
      'Accepted: recordings packed with gzip, or plain ones whose name ends in .jsonl',
    {byte: 1},
  );
}

function joinChunks(chunks: readonly Uint8Array[], total: number): Uint8Array {
  const whole = new Uint8Array(total);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

/**
 * Unzips one gzip stream.
 *
 * @param name for messages.
 * @param maxBytes largest result that is accepted.
 * @throws {NotGzipError} when the first two bytes are not 1f 8b.
 * @throws {TruncatedError} when the stream ends too early; `byte` is the first one missing.
 * @throws {CorruptGzipError} when data or checksum are wrong; `byte` is at most 4 KiB behind.
 * @throws {RecordingFormatError} when the result would exceed `maxBytes`.
 */
export async function gunzip(
  bytes: Uint8Array,
  name: string,
  maxBytes = kMaxRecordingBytes,
): Promise<Uint8Array> {
  requireGzip(bytes, name);
  const stream = new DecompressionStream('gzip');
  let consumed = 0;
  const feed = async (): Promise<void> => {
    const writer = stream.writable.getWriter();
    while (consumed < bytes.length) {
      await writer.ready;
      const chunk = bytes.slice(consumed, consumed + kChunkBytes);
      await writer.write(chunk);
      consumed += chunk.length;
    }
    await writer.close();
  };
  const feeding = feed();
  // The reader below reports the same failure; without this the runtime would report it twice.
  feeding.catch(() => {});
  const chunks: Uint8Array[] = [];
  let total = 0;
  const reader = stream.readable.getReader();
  try {
    for (;;) {
      const {done, value} = await reader.read();
      if (done) break;
      chunks.push(value);
      total += value.length;
      if (total > maxBytes) break;
    }
    if (total <= maxBytes) await feeding;
  } catch (error) {
    throw gzipError(error, {name, consumed, total, length: bytes.length});
  }
  if (total > maxBytes) {
    // Not awaited: a stream that is still being written to may never answer.
    reader.cancel().catch(() => {});
    throw new RecordingFormatError(
      'RecordingFormat',
      `${name}: unpacks to more than ${maxBytes} bytes, which no recording has`,
      {byte: consumed + 1},
    );
  }
  return joinChunks(chunks, total);
}

function gzipError(
  error: unknown,
  at: {name: string; consumed: number; total: number; length: number},
): TruncatedError | CorruptGzipError {
  const unpacked = `${at.total} bytes were unpacked`;
  if (saysTruncated(error)) {
    return new TruncatedError(
      'RecordingTruncated',
      `${at.name}: the gzip stream ends after ${at.length} bytes, before its end mark; ${unpacked}`,
      {byte: at.length + 1},
    );
  }
  const byte = Math.min(at.consumed, at.length - 1) + 1;
  return new CorruptGzipError(
    'CorruptGzip',
    `${at.name}: the gzip stream is damaged near byte ${byte} of ${at.length}; ${unpacked}`,
    {byte},
  );
}

/**
 * The text of a recording as bytes: unzipped, or as it is when `name` ends in `.jsonl`.
 *
 * @param name the file's name or URL, for messages; `.jsonl` at its end lets plain text in.
 * @throws the errors of {@link gunzip}.
 */
export async function unpackRecording(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  if (name.endsWith('.jsonl') && !isGzip(bytes)) return bytes;
  return gunzip(bytes, name);
}
