/**
 * What the page and the engine's worker say to each other: one discriminated union, each request
 * with its reply type. Volume goes in batches: one request may carry many commands, and the reply
 * is everything one drawn frame needs, with the frame states transferred and not copied.
 */
import type {Explanation} from './explain.ts';
import type {FrameCounts} from './frame_counts.ts';
import type {
  AreasView,
  BlockInfo,
  CacheRow,
  CacheView,
  MachineConfig,
  MachineView,
  StepInfo,
  UserCommand,
} from './model.ts';

/** Where a machine comes from. */
export type Source =
  | {readonly kind: 'recording'; readonly name: string; readonly url: string}
  | {readonly kind: 'file'; readonly name: string; readonly file: Blob}
  | {readonly kind: 'pristine'; readonly config: MachineConfig};

/** One list of blocks: a cell of the buddy matrix, or one per-CPU list. */
export type ListKey =
  | {
      readonly kind: 'free';
      readonly zone: number;
      readonly order: number;
      readonly migratetype: number;
    }
  | {readonly kind: 'pcp'; readonly zone: number; readonly cpu: number; readonly list: number};

/** What a person looks at among the caches: all, one, one of its slabs, one object of that. */
export interface CacheKey {
  /** '' for the table alone. */
  readonly name: string;
  /** First frame of a slab, or null. */
  readonly slab: number | null;
  /** Number of an object in that slab, or null. */
  readonly object: number | null;
}

export type EngineCommand =
  | {readonly op: 'seek'; readonly step: number}
  | {readonly op: 'run'; readonly command: UserCommand};

/** What the reply should hold besides the counts, which it always holds. */
export interface Want {
  readonly frames: boolean;
  /** The frame whose block is described, or null. */
  readonly pfn: number | null;
  readonly list: ListKey | null;
  /** The file of /proc or debugfs whose text is shown. */
  readonly file: string;
  /** What is open of the caches; null for nothing. */
  readonly cache: CacheKey | null;
  /** Whether the areas of vmalloc are looked at. */
  readonly areas: boolean;
  /** The hash walks the whole machine, so only tests ask for it. */
  readonly hash: boolean;
}

export type RequestBody =
  | {
      readonly kind: 'open';
      readonly source: Source;
      readonly commands: readonly EngineCommand[];
      readonly want: Want;
    }
  | {readonly kind: 'apply'; readonly commands: readonly EngineCommand[]; readonly want: Want};

export interface ReplyMap {
  open: {readonly shape: TimelineShape; readonly moment: Moment};
  apply: Moment;
}
export type ReplyTo<Body extends RequestBody> = ReplyMap[Body['kind']];

export type Request = RequestBody & {readonly id: number};
export type Reply =
  | {readonly id: number; readonly ok: true; readonly value: ReplyMap[keyof ReplyMap]}
  | {readonly id: number; readonly ok: false; readonly error: Refusal};

/** A named error as it crosses the worker boundary. */
export interface Refusal {
  /** The engine's stable code, e.g. `OrderOutOfRange`; class names do not survive a minifier. */
  readonly name: string;
  readonly message: string;
}

/** What a recording looks like from afar, read once when it opens. */
export interface TimelineShape {
  /** Steps after which the real kernel dumped its state. */
  readonly dumps: readonly number[];
  /** Pages the script holds, sampled at even distances over the whole run. */
  readonly heldPages: readonly number[];
}

/** The user made calls of their own: what was recorded after `at` is no longer there. */
export interface Fork {
  /** Last step of the recording that is left. */
  readonly at: number;
  /** The user's calls up to the step that is shown, oldest first. */
  readonly run: readonly UserCommand[];
}

/** A block or an area handed out to the person at the console and not yet freed. */
export interface HeldBlock {
  /** Its first frame. */
  readonly pfn: number;
  readonly order: number;
  /** Bytes of an exact allocation or of an area, else 0. */
  readonly bytes: number;
  readonly step: number;
  readonly call: string;
  readonly op: string;
  /** Of an area, else ''. */
  readonly address: string;
}

/** An object handed out to the person at the console and not yet freed. */
export interface HeldObject {
  /** First frame of its slab or block, and bytes from there. */
  readonly pfn: number;
  readonly offset: number;
  readonly step: number;
  /** The call that gave it. */
  readonly call: string;
  /** The call that gives it back. */
  readonly free: UserCommand;
}

/** The block the selection lies in. */
export interface SelectedBlock {
  readonly asked: number;
  readonly info: BlockInfo | null;
  /** The call that allocated it, when the timeline knows it. */
  readonly allocatedBy: StepInfo | null;
}

/** A file as the kernel would print it now. */
export interface ProcFile {
  readonly path: string;
  readonly text: string;
  /** All files that this machine has. */
  readonly paths: readonly string[];
}

/** The caches as far as they are wanted. */
export interface CachesMoment {
  readonly rows: readonly CacheRow[];
  /** null when none is open, or it is gone. */
  readonly cache: CacheView | null;
  /** The bytes of the object that is open, from the start of its slab's cell. */
  readonly bytes: Uint8Array | null;
}

/** Everything the page shows, all of the same instant. */
export interface Moment {
  readonly view: MachineView;
  /** null at step 0. */
  readonly step: StepInfo | null;
  readonly story: Explanation | null;
  /** One byte a frame; empty when not wanted. */
  readonly frames: Uint8Array;
  readonly counts: FrameCounts;
  readonly proc: ProcFile;
  readonly block: SelectedBlock | null;
  readonly list: {readonly key: ListKey; readonly pfns: Uint32Array} | null;
  readonly held: readonly HeldBlock[];
  readonly heldObjects: readonly HeldObject[];
  readonly caches: CachesMoment | null;
  readonly areas: AreasView | null;
  readonly fork: Fork | null;
  /** The last command that the engine refused, with its reason; nothing changed then. */
  readonly refused: Refusal | null;
  readonly hash: string;
}
