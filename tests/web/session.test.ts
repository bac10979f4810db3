// Goal: the face checks what Embind does not, copies what may detach, and names every refusal.
// Method: a stand-in for the native session that records what reaches it.
import {describe, expect, test} from 'vitest';
import {
  ArgumentOutOfRangeError,
  CommandFormatError,
  EngineFailureError,
  errorFromNative,
  KmemError,
  kErrorClasses,
  MachineConfigError,
  NotBootedError,
  nativeFromError,
  OrderOutOfRangeError,
  PfnOutOfRangeError,
  RecordingFormatError,
  SessionDisposedError,
  StepOutOfRangeError,
} from '../../web/src/engine/errors.ts';
import type {UserCommand} from '../../web/src/engine/model.ts';
import type {NativeError, NativeModule, NativeSession} from '../../web/src/engine/native.d.ts';
import {Session} from '../../web/src/engine/session.ts';
import {record} from './trace_records.ts';

const kNoError: NativeError = {name: '', message: '', line: 0, column: 0, byte: 0};
const kNaN = Number.NaN;

interface StandIn {
  readonly session: Session;
  /** Names and arguments of the calls that reached the engine. */
  readonly calls: unknown[][];
  /** Linear memory behind every view. */
  readonly memory: Uint8Array;
}

/** Two zones, one CPU, 14 lists. */
const kView = JSON.stringify({zones: Array(2).fill({pcp: [{lists: Array(14).fill(0)}]})});

/**
 * A booted session whose every native method answers from `answers`, else with a usual value.
 */
function standIn(answers: Partial<NativeSession> = {}): StandIn {
  const made = unbooted(answers);
  made.session.bootPristine({memory_mib: 64});
  made.calls.length = 0;
  return made;
}

function unbooted(answers: Partial<NativeSession> = {}): StandIn {
  const calls: unknown[][] = [];
  const memory = new Uint8Array(64);
  const usual: Record<string, unknown> = {
    length: 7,
    step: 2,
    error: kNoError,
    inputBuffer: memory,
    frameStates: memory.subarray(0, 4),
    readBytes: memory.subarray(0, 4),
    freeList: new Uint32Array(memory.buffer, 0, 2),
    pcpList: new Uint32Array(memory.buffer, 0, 2),
    events: new Uint32Array(memory.buffer, 0, 8),
    view: kView,
    stepInfo: '{"step":2}',
    block: '{"pfn":8}',
    procfs: 'text',
    verify: '',
    stateHash: '0123456789abcdef',
    verifyRecording: '{"operations":0}',
    eventsLost: 3,
    delete: undefined,
  };
  const native = new Proxy({} as NativeSession, {
    get: (_, name: keyof NativeSession) => {
      return (...args: unknown[]) => {
        calls.push([name, ...args]);
        const answer = answers[name] as ((...args: unknown[]) => unknown) | undefined;
        if (answer) return answer(...args);
        return name in usual ? usual[name] : true;
      };
    },
  });
  class Native {
    constructor() {
      // biome-ignore lint/correctness/noConstructorReturn: Embind's constructors do the same.
      return native;
    }
  }
  const module = {Session: Native} as unknown as NativeModule;
  return {session: new Session(module), calls, memory};
}

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
}

describe('numbers that Embind would change', () => {
  test.each([
    [(s: Session) => s.seek(kNaN), StepOutOfRangeError, 'step NaN: 0..7 are accepted'],
    [(s: Session) => s.seek(1.5), StepOutOfRangeError, 'step 1.5: 0..7 are accepted'],
    [(s: Session) => s.seek(-1), StepOutOfRangeError, 'step -1: 0..7 are accepted'],
    [(s: Session) => s.seek(8), StepOutOfRangeError, 'step 8: 0..7 are accepted'],
    [(s: Session) => s.stepInfo(0), StepOutOfRangeError, 'step 0: 1..7 are accepted'],
    [
      (s: Session) => s.block(kNaN),
      PfnOutOfRangeError,
      'page frame NaN: a whole number from 0 is accepted',
    ],
    [
      (s: Session) => s.block(2 ** 32),
      PfnOutOfRangeError,
      'page frame 4294967296: a whole number from 0 is accepted',
    ],
    [
      (s: Session) => s.freeList(0, 0.5, 0),
      ArgumentOutOfRangeError,
      'order 0.5: whole numbers 0..15 are accepted',
    ],
    [
      (s: Session) => s.pcpList(-1, 0, 0),
      ArgumentOutOfRangeError,
      'zone -1: whole numbers 0..1 are accepted',
    ],
    [
      (s: Session) => s.readBytes(1, 0, Number.POSITIVE_INFINITY),
      ArgumentOutOfRangeError,
      'length Infinity: whole numbers 0..4096 are accepted',
    ],
    [
      (s: Session) => s.pcpList(1, 0, 14),
      ArgumentOutOfRangeError,
      'list 14: whole numbers 0..13 are accepted',
    ],
    [
      (s: Session) => s.freeList(2, 0, 0),
      ArgumentOutOfRangeError,
      'zone 2: whole numbers 0..1 are accepted',
    ],
  ])('%s', (work, Class, message) => {
    const {session, calls} = standIn();
    const error = thrown(() => work(session)) as KmemError;
    expect([error.constructor, error.message]).toEqual([Class, message]);
    expect(calls.filter(([name]) => name !== 'length' && name !== 'view')).toEqual([]);
  });

  test.each([
    [{op: 'alloc_pages', gfp: 'GFP_KERNEL', order: 16}, OrderOutOfRangeError],
    [{op: 'alloc_pages', gfp: 'GFP_KERNEL', order: kNaN}, OrderOutOfRangeError],
    [{op: '__free_pages', pfn: -1, order: 0}, PfnOutOfRangeError],
    [{op: '__free_pages', pfn: 1, order: 0.5}, OrderOutOfRangeError],
    [{op: 'alloc_pages_exact', gfp: 'GFP_KERNEL', bytes: kNaN}, CommandFormatError],
  ] satisfies [UserCommand, unknown][])('run(%j)', (command, Class) => {
    const {session, calls} = standIn();
    expect(thrown(() => session.run(command))).toBeInstanceOf(Class);
    expect(calls).toEqual([]);
  });
});

describe('what the engine refuses', () => {
  test('becomes the class of its name, with the place', () => {
    const refused = {name: 'RecordingFormat', message: 'no "r"', line: 4, column: 9, byte: 310};
    const {session} = standIn({loadRecording: () => false, error: () => refused});
    const error = thrown(() => session.loadRecording(new Uint8Array(3))) as KmemError;
    expect(error).toBeInstanceOf(RecordingFormatError);
    expect([error.code, error.message, error.where]).toEqual([
      'RecordingFormat',
      'no "r"',
      'line 4, column 9, byte 310',
    ]);
  });

  test('also for seek, run, boot and block', () => {
    const error = () => ({...kNoError, name: 'StepOutOfRange', message: 'no'});
    const no = () => false;
    const empty = () => '';
    const answers = {seek: no, run: no, block: empty, procfs: empty, error};
    const {session} = standIn({...answers, readBytes: () => new Uint8Array()});
    const calls = [
      () => session.seek(1),
      () => session.run({op: 'drain_local_pages'}),
      () => unbooted({bootPristine: no, error}).session.bootPristine({memory_mib: 1}),
      () => session.block(1),
      () => session.procfs('/proc/nothing'),
      () => session.readBytes(1, 0, 4),
    ];
    for (const call of calls) expect(thrown(call)).toBeInstanceOf(StepOutOfRangeError);
  });

  test('names the member of a configuration', () => {
    const message = 'memory_mib 1: 16..4096 are accepted';
    const error = errorFromNative({...kNoError, name: 'MachineConfig', message});
    expect((error as MachineConfigError).field).toBe('memory_mib');
    expect(error).toBeInstanceOf(MachineConfigError);
  });

  test('has a class for each name, and says so when it has none', () => {
    for (const [name, Class] of Object.entries(kErrorClasses)) {
      const error = errorFromNative({name, message: 'why', line: 1, column: 2, byte: 3});
      expect([error.constructor, error.code, error.name]).toEqual([Class, name, Class.name]);
      if (Class !== SessionDisposedError) {
        expect(nativeFromError(error)).toEqual({
          name,
          message: 'why',
          line: 1,
          column: 2,
          byte: 3,
        });
      }
    }
    for (const name of ['Weird', 'constructor']) {
      const error = errorFromNative({...kNoError, name, message: 'no'});
      expect([error.constructor, error.message]).toEqual([
        KmemError,
        `the engine refused with an error "${name}", which has no class here: no`,
      ]);
    }
    expect(errorFromNative(kNoError).message).toBe(
      'the engine refused with an error without a name: it gave no message',
    );
    expect(nativeFromError(new TypeError('x')).message).toBe('TypeError: x');
  });
});

describe('views on linear memory', () => {
  test('are copied', () => {
    const {session, memory} = standIn();
    const copies = [session.frameStates(), session.freeList(0, 0, 0), session.readBytes(0, 0, 4)];
    memory.fill(9);
    expect(copies).toEqual([new Uint8Array(4), new Uint32Array(2), new Uint8Array(4)]);
  });

  test('are filled before a recording is loaded', () => {
    const {session, calls, memory} = standIn({inputBuffer: (bytes) => memory.subarray(0, bytes)});
    session.loadRecording(Uint8Array.of(1, 2, 3));
    expect(memory.slice(0, 4)).toEqual(Uint8Array.of(1, 2, 3, 0));
    expect(calls).toEqual([
      ['inputBuffer', 3],
      ['loadRecording', 3],
    ]);
  });

  test('of events are decoded', () => {
    const words = Uint32Array.from(record('mm_page_free', {order: 1, pfn: 8}, {step: 2}));
    const {session} = standIn({events: () => words});
    expect(session.events()).toEqual([
      {name: 'mm_page_free', cpu: 0, zone: 0, step: 2, order: 1, pfn: 8},
    ]);
  });
});

describe('a session', () => {
  test('gives what the engine says', () => {
    const {session, calls} = standIn();
    expect([session.length, session.step, session.stateHash()]).toEqual([
      ...[7, 2],
      '0123456789abcdef',
    ]);
    expect([session.verify(), session.procfs('/proc/buddyinfo')]).toEqual([null, 'text']);
    expect(session.run({op: 'get_zeroed_page', gfp: 'GFP_KERNEL'})).toEqual({step: 2});
    expect(calls.slice(-3)).toEqual([
      ['run', '{"op":"get_zeroed_page","gfp":"GFP_KERNEL"}'],
      ['step'],
      ['stepInfo', 2],
    ]);
  });

  test('answers nothing before a machine is booted', () => {
    const {session, calls} = unbooted();
    const questions = [() => session.view(), () => session.frameStates(), () => session.seek(0)];
    for (const question of questions) expect(thrown(question)).toBeInstanceOf(NotBootedError);
    expect(calls).toEqual([]);
  });

  test('has nothing to explain at step 0', () => {
    expect(standIn({step: () => 0}).session.explain()).toBeNull();
  });

  test('is refused after dispose(), which may be called twice', () => {
    const {session, calls} = standIn();
    session.dispose();
    session[Symbol.dispose]();
    expect([session.disposed, calls]).toEqual([true, [['delete']]]);
    const error = thrown(() => session.step) as KmemError;
    expect(error).toBeInstanceOf(SessionDisposedError);
    expect([error.code, error.message]).toEqual([
      'SessionDisposed',
      'this session was disposed: create a new one',
    ]);
  });

  test.each([
    new WebAssembly.RuntimeError('unreachable'),
    new RangeError('Maximum call stack size exceeded'),
  ])('is lost after a trap, and never touched again: %s', (reason) => {
    const trap = () => {
      throw reason;
    };
    const {session, calls} = standIn({seek: trap});
    const error = thrown(() => session.seek(3)) as KmemError;
    expect(error).toBeInstanceOf(EngineFailureError);
    expect(error.message).toBe(
      `the engine failed, which is a bug of kmem-playground: ${reason.message}`,
    );
    const before = calls.length;
    session.dispose();
    expect([calls.length, session.disposed]).toEqual([before, true]);
  });
});
