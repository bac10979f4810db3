/** One simulated machine with its timeline: the typed, checked face of NativeSession. */

import {
  checkCommand,
  kMaxMigratetype,
  kMaxOrder,
  kPageBytes,
  requirePfn,
  requireStep,
  requireUpTo,
} from './argument_checks.ts';
import {
  EngineFailureError,
  errorFromNative,
  type KmemError,
  NotBootedError,
  RecordingFormatError,
  SessionDisposedError,
} from './errors.ts';
import {decodeEvents} from './events.ts';
import {type Explanation, explain} from './explain.ts';
import {kMaxRecordingBytes, unpackRecording} from './gunzip.ts';
import type {
  AreasView,
  BlockInfo,
  CacheRow,
  CacheView,
  KernelLogView,
  MachineConfig,
  MachineView,
  ProfileName,
  StepInfo,
  UserCommand,
  VerifyReport,
} from './model.ts';
import type {NativeModule, NativeSession} from './native.d.ts';
import type {TraceEvent} from './trace_events.gen.ts';

// Node 20 and older browsers lack the symbol; `using` and libraries look for this very property.
(Symbol as {dispose: symbol}).dispose ??= Symbol.for('Symbol.dispose');

/** Largest indices of one booted machine. */
interface Limits {
  readonly zone: number;
  readonly cpu: number;
  readonly list: number;
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
  #booted = false;
  #limits: Limits | null = null;
  #profile: ProfileName = '6.1.192';

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
    if (text.length > kMaxRecordingBytes) {
      throw new RecordingFormatError(
        'RecordingFormat',
        `${text.length} bytes: a recording has at most ${kMaxRecordingBytes}`,
      );
    }
    this.#call((native) => {
      native.inputBuffer(text.length).set(text);
      this.#require(native.loadRecording(text.length), native);
      this.#nowBooted();
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
   * Boots an empty machine.
   *
   * @throws {MachineConfigError} with the member that was refused.
   */
  bootPristine(config: MachineConfig): void {
    // NaN and Infinity become null in JSON, which the engine refuses by the member's name.
    const text = JSON.stringify(config);
    this.#call((native) => {
      this.#require(native.bootPristine(text), native);
      this.#nowBooted(config.profile);
    });
  }

  // ---- the timeline ----------------------------------------------------------------------------

  /** Commands in the timeline; 0 before a machine is booted. */
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
    this.#machine((native) => {
      requireStep(step, 0, native.length());
      this.#require(native.seek(step), native);
    });
  }

  /**
   * Runs one command at the current step. A recorded tail behind it is dropped: history forks.
   * A refused allocation is no error: look at `pfnCount` of the returned step and at its events.
   *
   * @throws {OrderOutOfRangeError} {@link UnknownGfpFlagError} {@link GfpConflictError}
   *   {@link PfnOutOfRangeError} {@link CommandFormatError} {@link UnsupportedOperationError}
   */
  run(command: UserCommand): StepInfo {
    checkCommand(command, this.#profile);
    return this.#machine((native) => {
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
    return this.#machine((native) => {
      requireStep(step, 1, native.length());
      return this.#parse(native.stepInfo(step), native);
    });
  }

  // ---- the state at the current step -----------------------------------------------------------

  /** Zones, counts and list lengths. Memory amounts are page frames of 4 KiB. */
  view(): MachineView {
    return this.#machine((native) => this.#parse(native.view(), native));
  }

  /**
   * The block that holds a page frame.
   *
   * @throws {PfnOutOfRangeError} when no zone has the frame.
   */
  block(pfn: number): BlockInfo {
    requirePfn(pfn);
    return this.#machine((native) => this.#parse(native.block(pfn), native));
  }

  /** What the kernel has printed until the current step, e.g. SLUB's reports. */
  kernelLog(): KernelLogView {
    return this.#machine((native) => this.#parse(native.kernelLog(), native));
  }

  /** Address ranges of vmalloc at the current step. */
  areas(): AreasView {
    return this.#machine((native) => this.#parse(native.areas(), native));
  }

  /** Caches of the object allocator, in the order of their creation; none under 2.6.18. */
  caches(): readonly CacheRow[] {
    return this.#machine((native) => this.#parse(native.caches(), native));
  }

  /**
   * One cache with its slabs and their free lists.
   *
   * @throws {UnknownCacheError}
   */
  cache(name: string): CacheView {
    return this.#machine((native) => this.#parse(native.cache(name), native));
  }

  /**
   * First frames of the blocks in `free_list[order][migratetype]` of a zone, head first.
   *
   * @param zone index in MachineView.zones.
   * @param migratetype index in MachineView.migratetypes.
   * @throws {ArgumentOutOfRangeError}
   */
  freeList(zone: number, order: number, migratetype: number): Uint32Array {
    requireUpTo('order', order, kMaxOrder);
    requireUpTo('migratetype', migratetype, kMaxMigratetype);
    return this.#machine((native) => {
      requireUpTo('zone', zone, this.#limitsOf(native).zone);
      return native.freeList(zone, order, migratetype).slice();
    });
  }

  /**
   * First frames of the blocks on one per-CPU list of a zone, head first.
   *
   * @param list 3 * order + migratetype for orders 0..3, then 12 and 13 for order 9.
   * @throws {ArgumentOutOfRangeError}
   */
  pcpList(zone: number, cpu: number, list: number): Uint32Array {
    return this.#machine((native) => {
      const limits = this.#limitsOf(native);
      requireUpTo('zone', zone, limits.zone);
      requireUpTo('cpu', cpu, limits.cpu);
      requireUpTo('list', list, limits.list);
      return native.pcpList(zone, cpu, list).slice();
    });
  }

  /** A copy of the state bytes, one a frame; frame_state.ts says what they mean. */
  frameStates(): Uint8Array {
    return this.#machine((native) => native.frameStates().slice());
  }

  /** Events of the command that led to the current step, in order. Empty at step 0. */
  events(): TraceEvent[] {
    return this.#machine((native) => decodeEvents(native.events().slice()));
  }

  /** Events of that command which did not fit into the ring, oldest first. */
  eventsLost(): number {
    return this.#machine((native) => native.eventsLost());
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
   * @param path e.g. "/proc/buddyinfo".
   * @throws {NoSuchFileError} with the paths that exist.
   */
  procfs(path: string): string {
    return this.#machine((native) => {
      const text = native.procfs(path);
      if (text === '') throw this.#refusal(native);
      return text;
    });
  }

  /** Every path that {@link Session.procfs} takes on this machine. */
  procfsPaths(): readonly string[] {
    return this.#machine((native) => native.procfsPaths().split('\n'));
  }

  /**
   * Bytes of the simulated RAM from physical address `pfn * 4096 + offset`, within one frame.
   *
   * @throws {PfnOutOfRangeError} when there is no memory at that frame.
   */
  readBytes(pfn: number, offset: number, length: number): Uint8Array {
    requirePfn(pfn);
    requireUpTo('offset', offset, kPageBytes);
    requireUpTo('length', length, kPageBytes - offset);
    return this.#machine((native) => {
      const bytes = native.readBytes(pfn, offset, length).slice();
      if (bytes.length !== length) throw this.#refusal(native);
      return bytes;
    });
  }

  // ---- checks ----------------------------------------------------------------------------------

  /** The first broken invariant of the machine, or null when all hold. */
  verify(): string | null {
    return this.#machine((native) => native.verify() || null);
  }

  /** 16 hexadecimal digits over the whole machine state. */
  stateHash(): string {
    return this.#machine((native) => native.stateHash());
  }

  /** Runs the whole timeline from boot and compares everything with what the real kernel did. */
  verifyRecording(): VerifyReport {
    return this.#machine((native) => this.#parse(native.verifyRecording(), native));
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
      // A stack that overflows inside wasm is a RangeError, every other trap a RuntimeError.
      const trap = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
      if (!trap) throw error;
      // After a trap the memory is in no known state: nothing may be called, not even delete().
      this.#native = null;
      throw new EngineFailureError(
        'EngineFailure',
        `the engine failed, which is a bug of kmem-playground: ${error.message}`,
      );
    }
  }

  /** The same for questions that need a booted machine. */
  #machine<Result>(work: (native: NativeSession) => Result): Result {
    return this.#call((native) => {
      if (this.#booted) return work(native);
      throw new NotBootedError(
        'NotBooted',
        'no machine is booted: call openRecording() or bootPristine() first',
      );
    });
  }

  #nowBooted(profile: ProfileName = '6.1.192'): void {
    this.#profile = profile;
    this.#booted = true;
    this.#limits = null;
  }

  /** Asked once a boot: an empty list would not tell whether an index was refused. */
  #limitsOf(native: NativeSession): Limits {
    if (this.#limits) return this.#limits;
    const {zones} = this.#parse<MachineView>(native.view(), native);
    const pcp = zones[0]?.pcp ?? [];
    const lists = pcp[0]?.lists.length ?? 0;
    this.#limits = {zone: zones.length - 1, cpu: pcp.length - 1, list: lists - 1};
    return this.#limits;
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
}
