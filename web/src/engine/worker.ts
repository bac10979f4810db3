/**
 * The engine's thread: owns the one machine that the page shows and answers its requests in order.
 */
import {KmemError} from './errors.ts';
import {gunzip, isGzip, unpackRecording} from './gunzip.ts';
import {History} from './history.ts';
import {unpackLines} from './line_delta.ts';
import type {
  Moment,
  Refusal,
  Reply,
  ReplyMap,
  Request,
  Source,
  TimelineShape,
  Want,
} from './protocol.ts';
import {shapeOfRecording} from './recording_shape.ts';
import {Session} from './session.ts';
import {type SplitEngine, startSplitEngine} from './split_engine.ts';

/** The part of DedicatedWorkerGlobalScope that is used; the DOM library does not declare it. */
interface WorkerScope {
  addEventListener(type: 'message', listener: (event: MessageEvent<Request>) => void): void;
  postMessage(reply: Reply, transfer: Transferable[]): void;
}
const scope = globalThis as unknown as WorkerScope;

/** Compiled once; every machine gets its own instance, so a closed one gives its memory back. */
let compiled: Promise<SplitEngine> | null = null;
let history: History | null = null;

async function compileEngine(): Promise<SplitEngine> {
  const response = await fetch(new URL('./wasm/kmem.first.wasm', import.meta.url));
  if (!response.ok) throw new Error(`kmem.first.wasm: HTTP status ${response.status}`);
  const first = await WebAssembly.compile(await response.arrayBuffer());
  let rest: WebAssembly.Module | undefined;
  return {first, rest: () => (rest ??= fetchRest())};
}

/** The engine asks in the middle of a call, so this thread has to wait; the page does not. */
function fetchRest(): WebAssembly.Module {
  const request = new XMLHttpRequest();
  request.open('GET', new URL('./wasm/kmem.rest.wasm', import.meta.url), false);
  request.responseType = 'arraybuffer';
  request.send();
  if (request.status !== 200) throw new Error(`kmem.rest.wasm: HTTP status ${request.status}`);
  return new WebAssembly.Module(request.response);
}

async function freshSession(): Promise<Session> {
  compiled ??= compileEngine();
  try {
    return new Session(await startSplitEngine(await compiled));
  } catch (error) {
    compiled = null;
    throw error;
  }
}

async function bytesOfSource(source: Exclude<Source, {kind: 'pristine'}>): Promise<Uint8Array> {
  if (source.kind === 'file') return new Uint8Array(await source.file.arrayBuffer());
  const response = await fetch(source.url);
  if (!response.ok) throw new Error(`${source.name}: HTTP status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Boots into a new session. The old machine stays until the new one stands. */
async function open(source: Source): Promise<TimelineShape> {
  if (source.kind === 'pristine') {
    const session = await freshSession();
    session.bootPristine(source.config);
    replaceHistory(new History(session));
    return {dumps: [], heldPages: []};
  }
  // Both files travel at the same time.
  const [session, packed] = await Promise.all([freshSession(), bytesOfSource(source)]);
  const bytes =
    source.kind === 'file'
      ? await unpackRecording(packed, source.name)
      : await unpack(packed, source);
  session.loadRecording(bytes);
  replaceHistory(new History(session));
  return shapeOfRecording(new TextDecoder().decode(bytes));
}

/** A recording of the page itself. */
async function unpack(packed: Uint8Array, {url}: {readonly url: string}): Promise<Uint8Array> {
  // Some hosts send .gz files as an encoding, and the browser has unpacked them already.
  const lines = isGzip(packed) ? await gunzip(packed, url) : packed;
  return new TextEncoder().encode(unpackLines(new TextDecoder().decode(lines)));
}

function replaceHistory(next: History): void {
  history?.session.dispose();
  history = next;
}

function momentNow(refused: Refusal | null, want: Want): Moment {
  if (!history) throw new Error('no machine is open');
  return history.moment(refused, want);
}

async function answer(request: Request): Promise<ReplyMap[keyof ReplyMap]> {
  if (request.kind === 'open') {
    const shape = await open(request.source);
    return {shape, moment: momentNow(applyAll(request), request.want)};
  }
  return momentNow(applyAll(request), request.want);
}

/** Runs the commands up to the first one that is refused, and gives that refusal. */
function applyAll(request: Request): Refusal | null {
  for (const command of request.commands) {
    try {
      history?.apply(command);
    } catch (error) {
      if (error instanceof KmemError) return refusalOf(error);
      // The engine stopped in the middle of a call: nothing true can be shown of this machine.
      history = null;
      throw error;
    }
  }
  return null;
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof KmemError) {
    const where = error.where === '' ? '' : ` (${error.where})`;
    return {name: error.code, message: `${error.message}${where}`};
  }
  if (error instanceof Error) return {name: error.name, message: error.message};
  return {name: 'Error', message: String(error)};
}

/** Requests are answered in the order they came, also when opening takes long. */
let queue: Promise<void> = Promise.resolve();

scope.addEventListener('message', ({data}) => {
  queue = queue.then(async () => {
    try {
      const value = await answer(data);
      const {frames} = 'moment' in value ? value.moment : value;
      scope.postMessage({id: data.id, ok: true, value}, [frames.buffer as ArrayBuffer]);
    } catch (error) {
      scope.postMessage({id: data.id, ok: false, error: refusalOf(error)}, []);
    }
  });
});
