/** The page's end of the worker: requests out, one promise each, errors by name. */
import type {Refusal, Reply, ReplyTo, RequestBody} from './protocol.ts';

/** An error that happened in the worker, under its own name. */
export class EngineError extends Error {
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = refusal.name;
  }
}

/** What the store needs of an engine; tests give it a plain object. */
export interface EnginePort {
  request<Body extends RequestBody>(body: Body): Promise<ReplyTo<Body>>;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** One worker with one machine in it. */
export class EngineClient implements EnginePort {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #dead: EngineError | null = null;

  constructor() {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      type: 'module',
      name: 'kmem-engine',
    });
    this.#worker.addEventListener('message', (event: MessageEvent<Reply>) => {
      this.#settle(event.data);
    });
    this.#worker.addEventListener('error', (event) => {
      this.#die(event.message || 'the worker script did not load');
    });
  }

  /**
   * Sends one request.
   * @throws {EngineError} by the name that the engine's error has in the worker.
   */
  request<Body extends RequestBody>(body: Body): Promise<ReplyTo<Body>> {
    if (this.#dead) return Promise.reject(this.#dead);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<ReplyTo<Body>>((resolve, reject) => {
      this.#waiting.set(id, {resolve, reject});
      this.#worker.postMessage({...absolute(body), id});
    });
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (!waiting) return;
    this.#waiting.delete(reply.id);
    if (reply.ok) waiting.resolve(reply.value as never);
    else waiting.reject(new EngineError(reply.error));
  }

  /** A worker that failed to start answers nobody, so every waiter must hear of it here. */
  #die(message: string): void {
    this.#dead = new EngineError({name: 'EngineStoppedError', message});
    for (const {reject} of this.#waiting.values()) reject(this.#dead);
    this.#waiting.clear();
  }
}

/** The worker's script lies in another folder, so what is relative to the page is resolved here. */
function absolute(body: RequestBody): RequestBody {
  if (body.kind !== 'open' || body.source.kind !== 'recording') return body;
  const url = new URL(body.source.url, document.baseURI).href;
  return {...body, source: {...body.source, url}};
}
