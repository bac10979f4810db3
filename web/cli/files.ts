/** Opening recordings, and telling what is wrong with those that cannot be opened. */
import {readFileSync} from 'node:fs';
import {KmemError} from '../src/engine/errors.ts';
import type {Session} from '../src/engine/session.ts';

/** A file that cannot be used, as it is reported. */
export interface FileError {
  readonly name: string;
  readonly message: string;
  /** Places count from 1; 0: not known. */
  readonly line: number;
  readonly column: number;
  readonly byte: number;
}

/** Names of what goes wrong before the engine sees a byte. */
const kSystemErrors: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read',
  EISDIR: 'it is a directory',
};

/** The named error of a file, or the error itself when it is a bug of ours. */
export function fileErrorOf(error: unknown): FileError {
  if (error instanceof KmemError) {
    const {code, message, line, column, byte} = error;
    return {name: code, message, line, column, byte};
  }
  const code = (error as {code?: unknown} | null)?.code;
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) {
    const message = kSystemErrors[code] ?? (error as Error).message;
    return {name: 'FileUnreadable', message: `${message} (${code})`, line: 0, column: 0, byte: 0};
  }
  throw error;
}

/** "file:3:7: RecordingFormat: … (byte 120)", as compilers write it. */
export function fileErrorText(file: string, error: FileError): string {
  const place = error.line > 0 ? `:${error.line}${error.column > 0 ? `:${error.column}` : ''}` : '';
  // Messages begin with the file or the line when they stand alone; here both are said already.
  const named = error.message.startsWith(`${file}: `)
    ? error.message.slice(file.length + 2)
    : error.message;
  const message = place === '' ? named : named.replace(/^line \d+(, column \d+)?: /, '');
  const byte = error.byte > 0 ? ` (byte ${error.byte})` : '';
  return `${file}${place}: ${error.name}: ${message}${byte}`;
}

/** Boots `session` from a recording. @throws KmemError or a system error; see fileErrorOf(). */
export async function openFile(session: Session, file: string): Promise<void> {
  await session.openRecording(readFileSync(file), file);
}
