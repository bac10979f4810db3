/**
 * The raw face of kmem.wasm, mirrored by hand from engine/bindings/bindings.cpp (Debian's
 * emcc 3.1.6 cannot emit it). tests/web/bindings.test.ts fails when the two differ.
 *
 * Rules of this boundary: numbers are checked inside the engine, so NaN, fractions and negative
 * values are refused with an error and never rounded. A returned typed array is a view on linear
 * memory that the next call may detach: copy it at once. A call that returns `false` changed
 * nothing; `error()` says why.
 */

/** What the last refused call refused, and where. Positions are 1-based; 0 means "not known". */
export interface NativeError {
  name: string;
  message: string;
  line: number;
  column: number;
  byte: number;
}

/**
 * One booted machine with its timeline: the commands of a recording, or those of the user.
 * Step `k` is the state after `k` commands; step 0 is the boot state.
 */
export interface NativeSession {
  /** View of `bytes` bytes of input space. Fill it, then call a `load…` function. */
  inputBuffer(bytes: number): Uint8Array;
  /** Parses the input as one recording (JSON Lines text, already unzipped) and boots from it. */
  loadRecording(bytes: number): boolean;
  /** Boots a pristine machine. `config` is the JSON of MachineConfig. */
  bootPristine(config: string): boolean;
  error(): NativeError;

  /** Number of commands in the timeline. */
  length(): number;
  /** Current step, 0..length(). */
  step(): number;
  /** Goes to a step, forward by running, backward by re-running from a snapshot. */
  seek(step: number): boolean;
  /**
   * Runs one command of the user at the current step. A recorded tail after the current step is
   * dropped: history forks. `command` is the JSON of UserCommand.
   */
  run(command: string): boolean;

  /** JSON of StepInfo: the command that led from step - 1 to step, and its results. */
  stepInfo(step: number): string;
  /** JSON of MachineView: zones, counts, lists lengths, of the current step. */
  view(): string;
  /** JSON of BlockInfo for the frame `pfn`. Empty string when no zone has it (see error()). */
  block(pfn: number): string;
  /** Pfns of free_list[order][migratetype] of a zone, head first. */
  freeList(zone: number, order: number, migratetype: number): Uint32Array;
  /** Pfns of one per-CPU list of a zone, head first. */
  pcpList(zone: number, cpu: number, list: number): Uint32Array;
  /** One byte a frame, see frame_state.ts. Index -> pfn through MachineView.sections. */
  frameStates(): Uint8Array;
  /**
   * Events of the command that led to the current step, 8 words each (trace_events.gen.ts decodes).
   * Empty at step 0.
   */
  events(): Uint32Array;
  /** Events of that command that did not fit into the ring. */
  eventsLost(): number;
  /** Text of a /proc or debugfs file at the current step, byte-exact; '' when there is none. */
  procfs(path: string): string;
  /** JSON of KernelLogView. */
  kernelLog(): string;
  /** JSON of AreasView. */
  areas(): string;
  /** JSON of CacheRow[]. */
  caches(): string;
  /** JSON of CacheView. '' when no cache has the name. */
  cache(name: string): string;
  /** Files that procfs() has for this machine, one a line. */
  procfsPaths(): string;
  /** '' when every invariant holds, else the first one that does not. */
  verify(): string;
  /** 16 hexadecimal digits over the whole machine state. */
  stateHash(): string;
  /** Runs the whole timeline from boot and compares everything: JSON of VerifyReport. */
  verifyRecording(): string;
  /** Bytes of the simulated RAM, `length` of them from physical address pfn * 4096 + offset. */
  readBytes(pfn: number, offset: number, length: number): Uint8Array;

  delete(): void;
}

/** One machine driven in batches, for benchmarks and volume: no timeline, no decisions. */
export interface NativeBatch {
  /** Space for `words` 32-bit words of commands; the layout is in engine/bindings/batch.h. */
  buffer(words: number): Uint32Array;
  bootPristine(config: string): boolean;
  error(): NativeError;
  /** Runs `count` commands of the buffer. Returns how many allocations failed. */
  exec(count: number): number;
  delete(): void;
}

export interface NativeModule {
  HEAPU8: Uint8Array;
  HEAPU32: Uint32Array;
  Session: new () => NativeSession;
  Batch: new () => NativeBatch;
  /** Release the engine models, e.g. "6.1.192". */
  kernelRelease(): string;
}

/** What kmem.mjs exports. `wasmBinary` must be handed in: the glue finds no file by itself. */
export default function createKmemModule(options: {
  wasmBinary: ArrayBuffer | Uint8Array;
  print?: (text: string) => void;
  printErr?: (text: string) => void;
}): Promise<NativeModule>;
