/** One simulated machine with its timeline: the typed, checked face of NativeSession. */
import {
  ArgumentOutOfRangeError,
  CommandFormatError,
  EngineFailureError,
  errorFromNative,
  type KmemError,
  OrderOutOfRangeError,
  PfnOutOfRangeError,
  SessionDisposedError,
  StepOutOfRangeError,
} from './errors.ts';
import {decodeEvents} from './events.ts';
import {type Explanation, explain} from './explain.ts';
import {unpackRecording} from './gunzip.ts';
import {loadKmem, type WasmSource} from './load.ts';
import type {
  BlockInfo,
  MachineConfig,
  MachineView,
  StepInfo,
  UserCommand,
  VerifyReport,
} from './model.ts';
import type {NativeModule, NativeSession} from './native.d.ts';
import type {TraceEvent} from './trace_events.gen.ts';

// Node 20 and older browsers lack the symbol; `using` and libraries look for this very property.
(Symbol as {dispose: symbol}).dispose ??= Symbol.for('Symbol.dispose');

const kMaxU32 = 0xffffffff;

/** Whether Embind may see it: it would turn NaN, fractions and negative values into others. */
function isU32(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= kMaxU32;
}

function requireU32(name: string, value: number): void {
  if (isU32(value)) return;
  throw new ArgumentOutOfRangeError(
    'ArgumentOutOfRange',
    `${name} ${String(value)}: a whole number from 0 is accepted`,
  );
}

function requirePfn(pfn: number): void {
  if (isU32(pfn)) return;
  throw new PfnOutOfRangeError(
    'PfnOutOfRange',
    `page frame ${String(pfn)}: a whole number from 0 is accepted`,
  );
}

/** JSON writes NaN as null, so numbers are checked before they become text. */
function checkCommand(command: UserCommand): void {
  if ('order' in command && !(isU32(command.order) && command.order <= 10)) {
    throw new OrderOutOfRangeError(
      'OrderOutOfRange',
      `order ${String(command.order)}: 0..10 are accepted`,
    );
  }
  if ('pfn' in command) requirePfn(command.pfn);
  if ('bytes' in command && !isU32(command.bytes)) {
    throw new CommandFormatError(
      'CommandFormat',
      `bytes ${String(command.bytes)}: a whole number from 1 is accepted`,
    );
  }
}

/**
 * One machine and its timeline. Step `k` is the state after `k` commands; step 0 is the boot state.
 * Owns wasm memory: declare it with `using`, or call dispose().
 *
 * Every method throws {@link SessionDisposedError} after dispose(), and {@link EngineFailureError}
 * when the engine itself failed. A method that throws anything else has changed nothing.
 */
export class Session implements Disposable {
  #native: NativeSession | null;

  /** @internal Use {@link createSession}. */
  constructor(module: NativeModule) {
    this.#native = new module.Session();
  }

  // ---- booting ---------------------------------------------------------------------------------

  /**
   * Boots from the text of a recording (JSON Lines, unzipped) and makes its calls the timeline.
   *
   * @throws {RecordingFormatError} {@link RecordingVersionError} {@link TruncatedError}
   *   {@link UnsupportedOperationError} {@link PfnOutOfRangeError} with line, column and byte.
   */
  loadRecording(text: Uint8Array): void {
    this.#call((native) => {
      native.inputBuffer(text.length).set(text);
      this.#require(native.loadRecording(text.length), native);
    });
  }

  /**
   * Boots from a recording as it lies on disk: gzip, or plain when `name` ends in `.jsonl`.
   *
   * @throws the errors of {@link unpackRecording} and of {@link Session.loadRecording}.
   */
  async openRecording(file: Uint8Array, name: string): Promise<void> {
    this.loadRecording(await unpackRecording(file, name));
  }

  /**
   * Boots an empty x86-64 machine.
   *
   * @throws {MachineConfigError} with the member that was refused.
   */
  bootPristine(config: MachineConfig): void {
    // NaN and Infinity become null in JSON, which the engine refuses by the member's name.
    const text = JSON.stringify(config);
    this.#call((native) => this.#require(native.bootPristine(text), native));
  }

  // ---- the timeline ----------------------------------------------------------------------------

  /** Commands in the timeline. */
  get length(): number {
    return this.#call((native) => native.length());
  }

  /** Current step, 0..length. */
  get step(): number {
    return this.#call((native) => native.step());
  }

  /**
   * Goes to a step: forward by running, backward by running again from a snapshot.
   *
   * @throws {StepOutOfRangeError}
   */
  seek(step: number): void {
    this.#call((native) => {
      this.#checkStep(step, native);
      this.#require(native.seek(step), native);
    });
  }

  /**
   * Runs one command at the current step. A recorded tail behind it is dropped: history forks.
   * A refused allocation is no error: look at `pfnCount` of the returned step and at its events.
   *
   * @throws {OrderOutOfRangeError} {@link UnknownGfpFlagError} {@link PfnOutOfRangeError}
   *   {@link CommandFormatError}
   */
  run(command: UserCommand): StepInfo {
    checkCommand(command);
    return this.#call((native) => {
      this.#require(native.run(JSON.stringify(command)), native);
      return JSON.parse(native.stepInfo(native.step()));
    });
  }

  /**
   * The command that led from step - 1 to `step`, and its results.
   *
   * @param step 1..length.
   * @throws {StepOutOfRangeError}
   */
  stepInfo(step: number): StepInfo {
    return this.#call((native) => {
      this.#checkStep(step, native, 1);
      return this.#parse(native.stepInfo(step), native);
    });
  }

  // ---- the state at the current step -----------------------------------------------------------

  /** Zones, counts and list lengths. Memory amounts are page frames of 4 KiB. */
  view(): MachineView {
    return this.#call((native) => this.#parse(native.view(), native));
  }

  /**
   * The block that holds a page frame.
   *
   * @throws {PfnOutOfRangeError} when no zone has the frame.
   */
  block(pfn: number): BlockInfo {
    requirePfn(pfn);
    return this.#call((native) => this.#parse(native.block(pfn), native));
  }

  /**
   * First frames of the blocks in `free_list[order][migratetype]` of a zone, head first.
   *
   * @param zone index in MachineView.zones.
   * @param migratetype index in MachineView.migratetypes.
   */
  freeList(zone: number, order: number, migratetype: number): Uint32Array {
    requireU32('zone', zone);
    requireU32('order', order);
    requireU32('migratetype', migratetype);
    return this.#call((native) => native.freeList(zone, order, migratetype).slice());
  }

  /**
   * First frames of the blocks on one per-CPU list of a zone, head first.
   *
   * @param list 3 * order + migratetype for orders 0..3, then 12 and 13 for order 9.
   */
  pcpList(zone: number, cpu: number, list: number): Uint32Array {
    requireU32('zone', zone);
    requireU32('cpu', cpu);
    requireU32('list', list);
    return this.#call((native) => native.pcpList(zone, cpu, list).slice());
  }

  /** A copy of the state bytes, one a frame; frame_state.ts says what they mean. */
  frameStates(): Uint8Array {
    return this.#call((native) => native.frameStates().slice());
  }

  /** Events of the command that led to the current step, in order. Empty at step 0. */
  events(): TraceEvent[] {
    return this.#call((native) => decodeEvents(native.events().slice()));
  }

  /** Events of that command which did not fit into the ring, oldest first. */
  eventsLost(): number {
    return this.#call((native) => native.eventsLost());
  }

  /** What the command that led to the current step did and why; null at step 0. */
  explain(): Explanation | null {
    const step = this.step;
    if (step === 0) return null;
    return explain(this.events(), this.stepInfo(step), this.view());
  }

  /**
   * Text of a /proc or debugfs file, byte for byte as the kernel prints it.
   *
   * @param path e.g. "/proc/buddyinfo". '' is returned when there is no such file.
   */
  procfs(path: string): string {
    return this.#call((native) => native.procfs(path));
  }

  /** Bytes of the simulated RAM from physical address `pfn * 4096 + offset`. */
  readBytes(pfn: number, offset: number, length: number): Uint8Array {
    requirePfn(pfn);
    requireU32('offset', offset);
    requireU32('length', length);
    return this.#call((native) => {
      const bytes = native.readBytes(pfn, offset, length).slice();
      if (bytes.length !== length) throw errorFromNative(native.error());
      return bytes;
    });
  }

  // ---- checks ----------------------------------------------------------------------------------

  /** The first broken invariant of the machine, or null when all hold. */
  verify(): string | null {
    return this.#call((native) => native.verify() || null);
  }

  /** 16 hexadecimal digits over the whole machine state. */
  stateHash(): string {
    return this.#call((native) => native.stateHash());
  }

  /** Runs the whole timeline from boot and compares everything with what the real kernel did. */
  verifyRecording(): VerifyReport {
    return this.#call((native) => this.#parse(native.verifyRecording(), native));
  }

  // ---- lifetime --------------------------------------------------------------------------------

  /** Whether dispose() was called or the engine failed. */
  get disposed(): boolean {
    return this.#native === null;
  }

  /** Gives the wasm memory back. Calling it again does nothing. */
  dispose(): void {
    const native = this.#native;
    this.#native = null;
    native?.delete();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Runs `work` on the native session and turns a trap into a named error. */
  #call<Result>(work: (native: NativeSession) => Result): Result {
    if (!this.#native) throw new SessionDisposedError();
    try {
      return work(this.#native);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      // After a trap the memory is in no known state: nothing may be called, not even delete().
      this.#native = null;
      throw new EngineFailureError(
        'EngineFailure',
        `the engine failed, which is a bug of kmem-playground: ${error.message}`,
      );
    }
  }

  #require(accepted: boolean, native: NativeSession): void {
    if (!accepted) throw this.#refusal(native);
  }

  #refusal(native: NativeSession): KmemError {
    return errorFromNative(native.error());
  }

  #parse<Model>(json: string, native: NativeSession): Model {
    if (json === '') throw this.#refusal(native);
    return JSON.parse(json);
  }

  #checkStep(step: number, native: NativeSession, first = 0): void {
    const last = native.length();
    if (isU32(step) && step >= first && step <= last) return;
    throw new StepOutOfRangeError(
      'StepOutOfRange',
      `step ${String(step)}: ${first}..${last} are accepted`,
    );
  }
}

/**
 * Loads the engine and makes a session, not booted yet: call openRecording() or bootPristine().
 *
 * @param options.wasm kmem.wasm, when it is not the file next to this module.
 * @throws {WasmLoadError}
 */
export async function createSession(options: {readonly wasm?: WasmSource} = {}): Promise<Session> {
  return new Session(await loadKmem(options.wasm));
}
