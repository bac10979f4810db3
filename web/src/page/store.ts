/**
 * What the page knows and may do. The engine is the store of the machine; here is only the moment
 * that is shown, what the person selected, and what is still to be asked.
 *
 * At most one request is under way. Wishes that come meanwhile are merged into the next one, so
 * scrubbing asks for where the hand is now and not for every step it passed.
 */
import type {EnginePort} from '../engine/client.ts';
import type {UserCommand} from '../engine/model.ts';
import type {
  CacheKey,
  EngineCommand,
  ListKey,
  Moment,
  Refusal,
  Source,
  TimelineShape,
  Want,
} from '../engine/protocol.ts';
import {pfnText} from '../render/format.ts';
import type {IdleWatch} from './idle.ts';

type Phase = 'loading' | 'ready' | 'failed';

/** Steps a second, and how many of them one drawn frame may hold. */
export const kSpeeds = [1, 4, 15, 60, 600] as const;
export type Speed = (typeof kSpeeds)[number];
const kFramesPerSecond = 60;

export interface StoreState {
  readonly phase: Phase;
  readonly source: Source | null;
  readonly shape: TimelineShape;
  readonly moment: Moment | null;
  readonly selection: number | null;
  readonly list: ListKey | null;
  /** The file of /proc that is shown. */
  readonly file: string;
  /** What is open of the caches. */
  readonly cache: CacheKey | null;
  /** The area of vmalloc that is open by its first page, -1 for none of them; null for no view. */
  readonly area: number | null;
  readonly playing: boolean;
  readonly speed: Speed;
  /** Why the machine could not be opened. */
  readonly failure: Refusal | null;
  /** Something to tell once: a bad link, a refused step. */
  readonly notice: string;
}

/** Where to open a machine. */
export interface Opening {
  readonly step: number;
  readonly run: readonly UserCommand[];
  readonly pfn: number | null;
}

const kEmptyShape: TimelineShape = {dumps: [], heldPages: []};
const kStart: Opening = {step: 0, run: [], pfn: null};

/**
 * @fires change - any part of `state` is new
 * @fires opened - another machine is shown
 */
export class Store extends EventTarget {
  #state: StoreState = {
    phase: 'loading',
    source: null,
    shape: kEmptyShape,
    moment: null,
    selection: null,
    list: null,
    file: '/proc/buddyinfo',
    cache: null,
    area: null,
    playing: false,
    speed: 4,
    failure: null,
    notice: '',
  };
  readonly #engine: EnginePort;
  readonly #idle: IdleWatch;
  readonly #afterDrawing: () => Promise<void>;
  #commands: EngineCommand[] = [];
  /** Step that the wishes under way lead to; null when none is. */
  #goal: number | null = null;
  #stale = false;
  #pumping = false;
  #generation = 0;

  /** @param afterDrawing resolves when what was set last is on the screen. */
  constructor(engine: EnginePort, idle: IdleWatch, afterDrawing: () => Promise<void>) {
    super();
    this.#engine = engine;
    this.#idle = idle;
    this.#afterDrawing = afterDrawing;
  }

  get state(): StoreState {
    return this.#state;
  }

  /** Opens a machine and goes to a moment of it. A failure is shown, the old machine stays. */
  async open(source: Source, opening: Opening = kStart): Promise<void> {
    this.pause();
    this.#generation += 1;
    const generation = this.#generation;
    this.#commands = [];
    this.#goal = null;
    this.#idle.begin();
    this.#set({phase: 'loading', failure: null, notice: '', list: null});
    try {
      const commands = commandsOf(opening);
      const want: Want = {...this.#want(opening.pfn), list: null};
      const opened = await this.#engine.request({kind: 'open', source, commands, want});
      if (generation !== this.#generation) return;
      this.#set({
        phase: 'ready',
        source,
        shape: opened.shape,
        moment: opened.moment,
        selection: opened.moment.block?.info ? opening.pfn : null,
        notice: noticeOf(opened.moment, opening),
      });
      this.dispatchEvent(new Event('opened'));
    } catch (error) {
      if (generation === this.#generation) this.#set({phase: 'failed', failure: refusalOf(error)});
    } finally {
      this.#idle.end();
    }
  }

  /** Forgets a failure and shows the machine that is still there. */
  dismissFailure(): void {
    if (this.#state.moment) this.#set({phase: 'ready', failure: null});
  }

  seek(step: number): void {
    const {moment} = this.#state;
    if (!moment) return;
    const target = Math.min(moment.view.length, Math.max(0, Math.round(step)));
    // Only the last wish counts, but never across a call of the user, which changes the history.
    while (this.#commands.at(-1)?.op === 'seek') this.#commands.pop();
    this.#commands.push({op: 'seek', step: target});
    this.#goal = target;
    this.#wake();
  }

  /** Moves by steps from where the page is going, so that fast key presses add up. */
  stepBy(steps: number): void {
    const from = this.#goal ?? this.#state.moment?.view.step ?? 0;
    this.seek(from + steps);
  }

  /** Makes a kernel call at this moment. What was recorded after it is dropped: history forks. */
  run(command: UserCommand): void {
    if (!this.#state.moment) return;
    this.pause();
    this.#commands.push({op: 'run', command});
    this.#goal = (this.#goal ?? this.#state.moment.view.step) + 1;
    this.#wake();
  }

  /** Back to the recording as it was, at the moment where the user left it. */
  returnToRecording(): void {
    const {source, moment, selection} = this.#state;
    const step = moment?.fork?.at ?? 0;
    if (source) void this.open(source, {step, run: [], pfn: selection});
  }

  select(pfn: number | null): void {
    if (pfn === this.#state.selection) return;
    this.#set({selection: pfn});
    this.#refresh();
  }

  openList(list: ListKey | null): void {
    this.#set({list});
    this.#refresh();
  }

  openFile(file: string): void {
    this.#set({file});
    this.#refresh();
  }

  openCache(cache: CacheKey | null): void {
    this.#set({cache});
    this.#refresh();
  }

  openArea(area: number | null): void {
    this.#set({area});
    this.#refresh();
  }

  setSpeed(speed: Speed): void {
    this.#set({speed});
  }

  setNotice(notice: string): void {
    this.#set({notice});
  }

  play(): void {
    const {moment, playing} = this.#state;
    if (playing || !moment || moment.view.length === 0) return;
    if (moment.view.step >= moment.view.length) this.seek(0);
    this.#set({playing: true});
    void this.#playOn();
  }

  pause(): void {
    if (this.#state.playing) this.#set({playing: false});
  }

  toggle(): void {
    if (this.#state.playing) this.pause();
    else this.play();
  }

  /** Hash of the whole machine, for tests. */
  async stateHash(): Promise<string> {
    const want: Want = {...this.#want(null), frames: false, hash: true};
    const moment = await this.#engine.request({kind: 'apply', commands: [], want});
    return moment.hash;
  }

  /** Asks for the next step only when the last one is on the screen. */
  async #playOn(): Promise<void> {
    this.#idle.begin();
    try {
      while (this.#state.playing) {
        const started = performance.now();
        const {speed, moment} = this.#state;
        if (!moment) break;
        if (moment.view.step >= moment.view.length && this.#commands.length === 0) break;
        this.stepBy(Math.max(1, Math.round(speed / kFramesPerSecond)));
        await this.#settled();
        const rest = 1000 / Math.min(speed, kFramesPerSecond) - (performance.now() - started);
        if (rest > 4) await new Promise((resolve) => setTimeout(resolve, rest));
      }
    } finally {
      this.pause();
      this.#idle.end();
    }
  }

  async #settled(): Promise<void> {
    while (this.#pumping) await this.#afterDrawing();
  }

  #refresh(): void {
    this.#stale = true;
    this.#wake();
  }

  #wake(): void {
    if (!this.#pumping) void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    this.#idle.begin();
    try {
      while (this.#commands.length > 0 || this.#stale) {
        const commands = this.#commands;
        this.#commands = [];
        this.#stale = false;
        await this.#apply(commands);
        await this.#afterDrawing();
      }
    } finally {
      this.#pumping = false;
      this.#goal = null;
      this.#idle.end();
    }
  }

  #want(pfn: number | null): Want {
    const {list, file, cache, area} = this.#state;
    return {frames: true, pfn, list, file, cache, areas: area !== null, hash: false};
  }

  async #apply(commands: readonly EngineCommand[]): Promise<void> {
    const generation = this.#generation;
    const want = this.#want(this.#state.selection);
    try {
      const moment = await this.#engine.request({kind: 'apply', commands, want});
      if (generation === this.#generation) this.#show(moment);
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#set({phase: 'failed', failure: refusalOf(error), playing: false});
    }
  }

  #show(moment: Moment): void {
    const {selection, notice} = this.#state;
    const lost = selection !== null && moment.block?.asked === selection && !moment.block.info;
    this.#set({
      moment,
      selection: lost ? null : selection,
      notice: lost ? `No zone has pfn ${pfnText(selection)}.` : notice,
    });
  }

  #set(change: Partial<StoreState>): void {
    this.#state = {...this.#state, ...change};
    this.dispatchEvent(new Event('change'));
  }
}

function commandsOf(opening: Opening): readonly EngineCommand[] {
  return [
    ...(opening.step > 0 ? [{op: 'seek', step: opening.step} as const] : []),
    ...opening.run.map((command) => ({op: 'run', command}) as const),
  ];
}

function noticeOf(moment: Moment, opening: Opening): string {
  if (moment.refused) return moment.refused.message;
  if (opening.pfn !== null && !moment.block?.info)
    return `No zone has pfn ${pfnText(opening.pfn)}.`;
  return '';
}

/** Any thrown thing as a name and a sentence. */
function refusalOf(error: unknown): Refusal {
  if (error instanceof Error) return {name: error.name, message: error.message};
  return {name: 'Error', message: String(error)};
}
