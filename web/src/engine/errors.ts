/**
 * One class per failure that a caller can cause. What the simulated machine refuses (a failed
 * allocation, "BUG: Bad page state") is not here: it is an outcome, told by events.
 */
import type {NativeError} from './native.d.ts';

/** Place in the input that was refused. Lines, columns and bytes count from 1; 0: not known. */
export interface InputPosition {
  readonly line: number;
  readonly column: number;
  readonly byte: number;
}

const kNoPosition: InputPosition = {line: 0, column: 0, byte: 0};

/** Base of every error of this package. `code` is stable; messages may be reworded. */
export class KmemError extends Error implements InputPosition {
  /** Stable name of the failure, the same string in the engine, in the face and across a worker. */
  readonly code: string;
  readonly line: number;
  readonly column: number;
  readonly byte: number;

  constructor(code: string, message: string, position: Partial<InputPosition> = kNoPosition) {
    super(message);
    this.code = code;
    this.name = new.target.name;
    this.line = position.line ?? 0;
    this.column = position.column ?? 0;
    this.byte = position.byte ?? 0;
  }

  /** "line 3, column 7, byte 120" with what is known; '' when nothing is. */
  get where(): string {
    const parts: string[] = [];
    if (this.line > 0) parts.push(`line ${this.line}`);
    if (this.column > 0) parts.push(`column ${this.column}`);
    if (this.byte > 0) parts.push(`byte ${this.byte}`);
    return parts.join(', ');
  }
}

/** An order that the machine does not have, or not a whole number. */
export class OrderOutOfRangeError extends KmemError {}
/** A GFP name that the machine's kernel does not have. `column` is where it starts in the text. */
export class UnknownGfpFlagError extends KmemError {}
/** __GFP_MOVABLE with __GFP_RECLAIMABLE: a page cannot be both, the kernel forbids it. */
export class GfpConflictError extends KmemError {}
/** A page frame number that no zone of the machine has. */
export class PfnOutOfRangeError extends KmemError {}
/** A step outside 0..length of the timeline. */
export class StepOutOfRangeError extends KmemError {}
/** A zone, list, migratetype or byte range that does not exist, or no whole number. */
export class ArgumentOutOfRangeError extends KmemError {}
/** A recording that is not what recordings/README.md describes. */
export class RecordingFormatError extends KmemError {}
/** A recording of a format version that this package does not read. */
export class RecordingVersionError extends KmemError {}
/** A recording or gzip stream that ends too early. `byte` is where. */
export class TruncatedError extends KmemError {}
/** A file without the two gzip bytes at its start. */
export class NotGzipError extends KmemError {}
/** A gzip stream whose data or checksum is wrong. `byte` is about where. */
export class CorruptGzipError extends KmemError {}
/** A recording that contains a call which this version cannot replay. */
export class UnsupportedOperationError extends KmemError {}
/** A command that is not one of UserCommand. */
export class CommandFormatError extends KmemError {}
/** A record of the event ring that the decoder does not know: engine and face differ. */
export class EventFormatError extends KmemError {}
/** A question about a machine before one was booted. */
export class NotBootedError extends KmemError {}
/** A path that is not one of the simulated /proc and debugfs files. */
export class NoSuchFileError extends KmemError {}
/** A cache that was never made, or was destroyed. */
export class UnknownCacheError extends KmemError {}
/** A mempool that was never made, or was destroyed. */
export class UnknownPoolError extends KmemError {}
/** The host has not enough memory for the machine. */
export class HostOutOfMemoryError extends KmemError {}
/** The wasm module cannot be fetched, read or compiled. */
export class WasmLoadError extends KmemError {}
/** A failed assertion inside the engine: a bug of this package. The session is lost. */
export class EngineFailureError extends KmemError {}

/** A machine that cannot be built. */
export class MachineConfigError extends KmemError {
  /** Member of MachineConfig that was refused, '' when the text is not a configuration at all. */
  readonly field: string;

  constructor(code: string, message: string, position: Partial<InputPosition> = kNoPosition) {
    super(code, message, position);
    // Every refusal begins with the member, where one is to blame: "memory[1].node is 9: ...".
    this.field = /^"?([a-z]\w*)/.exec(message)?.[1] ?? '';
  }
}

/** A session used after dispose(). */
export class SessionDisposedError extends KmemError {
  constructor(code = 'SessionDisposed', message = 'this session was disposed: create a new one') {
    super(code, message);
  }
}

type ErrorClass = new (
  code: string,
  message: string,
  position?: Partial<InputPosition>,
) => KmemError;

/** Class of every code. The engine uses the same strings in NativeError.name. */
export const kErrorClasses: Readonly<Record<string, ErrorClass>> = {
  OrderOutOfRange: OrderOutOfRangeError,
  UnknownGfpFlag: UnknownGfpFlagError,
  GfpConflict: GfpConflictError,
  PfnOutOfRange: PfnOutOfRangeError,
  StepOutOfRange: StepOutOfRangeError,
  ArgumentOutOfRange: ArgumentOutOfRangeError,
  NumberOutOfRange: ArgumentOutOfRangeError,
  NotBooted: NotBootedError,
  NoSuchFile: NoSuchFileError,
  UnknownCache: UnknownCacheError,
  UnknownPool: UnknownPoolError,
  RecordingFormat: RecordingFormatError,
  RecordingVersion: RecordingVersionError,
  RecordingTruncated: TruncatedError,
  NotGzip: NotGzipError,
  CorruptGzip: CorruptGzipError,
  UnsupportedOperation: UnsupportedOperationError,
  MachineConfig: MachineConfigError,
  CommandFormat: CommandFormatError,
  EventFormat: EventFormatError,
  OutOfMemory: HostOutOfMemoryError,
  WasmLoad: WasmLoadError,
  EngineFailure: EngineFailureError,
  SessionDisposed: SessionDisposedError,
};

/** The error of a refused native call, or of one that came through a worker. */
export function errorFromNative(native: NativeError): KmemError {
  const Class = Object.hasOwn(kErrorClasses, native.name) ? kErrorClasses[native.name] : undefined;
  if (Class) return new Class(native.name, native.message, native);
  const said = native.message === '' ? 'it gave no message' : native.message;
  const named = native.name === '' ? 'without a name' : `"${native.name}", which has no class here`;
  return new KmemError(native.name, `the engine refused with an error ${named}: ${said}`, native);
}

/** Any error as plain data, for a worker message; errorFromNative() is the way back. */
export function nativeFromError(error: unknown): NativeError {
  if (error instanceof KmemError) {
    const {code, message, line, column, byte} = error;
    return {name: code, message, line, column, byte};
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return {name: 'EngineFailure', message, line: 0, column: 0, byte: 0};
}
