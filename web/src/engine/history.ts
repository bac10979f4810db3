/** One machine with its timeline, and what the user added to it. Makes the moments to show. */
import {asksForArea} from './area_calls.ts';
import {cachesMoment} from './caches_moment.ts';
import {countFrames} from './frame_counts.ts';
import {heldObjects} from './held_objects.ts';
import type {StepInfo, UserCommand} from './model.ts';
import type {
  EngineCommand,
  Fork,
  HeldBlock,
  ListKey,
  Moment,
  ProcFile,
  Refusal,
  SelectedBlock,
  Want,
} from './protocol.ts';
import type {Session} from './session.ts';
import {isSlabCommand} from './slab_calls.ts';

/** The kernel’s log among the files: what `dmesg` prints. */
const kLog = 'dmesg';

interface UserStep {
  readonly step: number;
  readonly command: UserCommand;
  readonly info: StepInfo;
}

export class History {
  readonly session: Session;
  #userSteps: UserStep[] = [];

  constructor(session: Session) {
    this.session = session;
  }

  /** @throws {KmemError} when the engine refuses the command; nothing has changed then. */
  apply(command: EngineCommand): void {
    if (command.op === 'seek') {
      // A link or a wish made before a fork may lie beyond what is left of the timeline.
      this.session.seek(Math.min(command.step, this.session.length));
      return;
    }
    const info = this.session.run(command.command);
    this.#userSteps = this.#userSteps.filter((one) => one.step < info.step);
    this.#userSteps.push({step: info.step, command: command.command, info});
  }

  /** Everything the page shows, at the current step. */
  moment(refused: Refusal | null, want: Want): Moment {
    const {session} = this;
    const view = session.view();
    const frames = want.frames ? session.frameStates() : new Uint8Array(0);
    return {
      view,
      step: view.step > 0 ? session.stepInfo(view.step) : null,
      story: session.explain(),
      frames,
      counts: countFrames(frames),
      proc: this.#proc(want.file),
      block: want.pfn === null ? null : this.#selected(want.pfn),
      list: want.list === null ? null : {key: want.list, pfns: this.#list(want.list)},
      held: this.#held(view.step),
      heldObjects: heldObjects(this.#userSteps.filter((one) => one.step <= view.step)),
      areas: want.areas ? session.areas() : null,
      caches: want.cache ? cachesMoment(session, want.cache) : null,
      fork: this.#fork(view.step),
      refused,
      hash: want.hash ? session.stateHash() : '',
    };
  }

  /**
   * The file, or the first one when this machine does not have it. Once the kernel has printed
   * something, its log is there too.
   */
  #proc(wanted: string): ProcFile {
    const {lines} = this.session.kernelLog();
    const files = this.session.procfsPaths();
    const paths = lines.length > 0 ? [...files, kLog] : files;
    if (wanted === kLog && lines.length > 0) {
      return {path: kLog, text: lines.map((line) => `${line}\n`).join(''), paths};
    }
    const path = paths.includes(wanted) ? wanted : (paths[0] ?? '');
    return {path, text: this.session.procfs(path), paths};
  }

  #fork(step: number): Fork | null {
    const [first] = this.#userSteps;
    if (!first) return null;
    const past = this.#userSteps.filter((one) => one.step <= step);
    return {at: first.step - 1, run: past.map((one) => one.command)};
  }

  #selected(pfn: number): SelectedBlock {
    try {
      const info = this.session.block(pfn);
      const {allocatedAt} = info;
      const allocatedBy = allocatedAt > 0 ? this.session.stepInfo(allocatedAt) : null;
      return {asked: pfn, info, allocatedBy};
    } catch {
      // Selecting where there is no memory is no mistake worth an error: there is nothing to show.
      return {asked: pfn, info: null, allocatedBy: null};
    }
  }

  #list(key: ListKey): Uint32Array {
    return key.kind === 'free'
      ? this.session.freeList(key.zone, key.order, key.migratetype)
      : this.session.pcpList(key.zone, key.cpu, key.list);
  }

  /** Blocks of pages that the user's calls gave and that are still handed out, newest first. */
  #held(step: number): readonly HeldBlock[] {
    const held: HeldBlock[] = [];
    for (const {step: at, command, info} of this.#userSteps) {
      if (at > step) continue;
      if (asksForArea(command)) held.push(...this.#area(command.bytes, at, info));
      if (!('gfp' in command) || isSlabCommand(command)) continue;
      const bytes = command.op === 'alloc_pages_exact' ? command.bytes : 0;
      // An exact allocation is given back whole, by its first page.
      const firsts = bytes > 0 ? info.pfns.slice(0, 1) : info.pfns;
      const blocks = firsts.flatMap((pfn) => this.#blocksFrom(pfn, bytes > 0 ? 0 : info.order, at));
      for (const {pfn, order} of blocks) {
        held.push({pfn, order, bytes, step: at, call: info.call, op: command.op, address: ''});
      }
    }
    return held.reverse();
  }

  /** The area that step `at` gave, as long as its first page is its own. */
  #area(bytes: number, at: number, {pfns, call, op, address}: StepInfo): readonly HeldBlock[] {
    const [pfn] = pfns;
    if (pfn === undefined || this.session.block(pfn).allocatedAt !== at) return [];
    return [{pfn, order: 0, bytes, step: at, call, op, address}];
  }

  /** What is left of a block that step `at` handed out; split_page() made pages of some. */
  #blocksFrom(first: number, order: number, at: number): readonly {pfn: number; order: number}[] {
    const left = [];
    for (let pfn = first; pfn < first + 2 ** order; ) {
      const block = this.session.block(pfn);
      if (block.allocatedAt === at) left.push({pfn, order: block.order});
      // A free page may have merged with what lies before it.
      pfn += block.pfn === pfn ? 2 ** block.order : 1;
    }
    return left;
  }
}
