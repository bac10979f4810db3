/**
 * The JSON that crosses the boundary, as types. Written by engine/bindings/json.cpp; every
 * memory amount is in page frames of 4 KiB unless its name says otherwise.
 */

/** Page frame number. */
export type Pfn = number & {readonly __brand: 'pfn'};

/** Letters as in the kernel's reports: Unmovable, Movable, rEclaimable, Highatomic, Isolate. */
export const kMigratetypes = [
  'Unmovable',
  'Movable',
  'Reclaimable',
  'HighAtomic',
  'Isolate',
] as const;

/** A pristine x86-64 machine. */
export interface MachineConfig {
  /** RAM in MiB, 16..4096. */
  readonly memory_mib: number;
  /** Simulated CPUs, 1..64. Default 1. */
  readonly cpus?: number;
  /** Transparent huge pages: raises min_free_kbytes as the kernel does. Default true. */
  readonly thp?: boolean;
}

/** A command typed by the user. */
export type UserCommand =
  | {readonly op: 'alloc_pages' | '__get_free_pages'; readonly gfp: string; readonly order: number}
  | {readonly op: 'get_zeroed_page'; readonly gfp: string}
  | {readonly op: 'alloc_pages_exact'; readonly gfp: string; readonly bytes: number}
  | {readonly op: '__free_pages' | 'free_pages'; readonly pfn: number; readonly order: number}
  | {readonly op: 'free_pages_exact'; readonly pfn: number; readonly bytes: number}
  | {readonly op: 'drain_local_pages'};

/** The command that led to a step, what it gave, and what the real kernel gave. */
export interface StepInfo {
  readonly step: number;
  /** Kernel call as C text, e.g. `alloc_pages(GFP_KERNEL, 3)`. */
  readonly call: string;
  readonly op: string;
  readonly order: number;
  /** Value and names of the flags; 0 and '' for frees. */
  readonly gfp: number;
  readonly gfpNames: string;
  /** Bytes of an exact allocation or pages of a bulk one, else 0. */
  readonly amount: number;
  /** First page frames it gave or took, at most 64; empty when it failed (NULL). */
  readonly pfns: readonly number[];
  readonly pfnCount: number;
  /** null when the call was not recorded, else whether the real kernel gave the same. */
  readonly matches: boolean | null;
  /** What the real kernel gave, same form as pfns. Empty when not recorded or when NULL. */
  readonly recordedPfns: readonly number[];
  /** Line of the recording, 0 when typed by the user. */
  readonly line: number;
}

/** One run of frames that exist: frame index -> pfn. */
export interface SectionView {
  readonly startPfn: number;
  readonly frames: number;
  /** Index of its first frame in frameStates(). */
  readonly firstFrame: number;
}

export interface PcpView {
  readonly cpu: number;
  readonly count: number;
  readonly high: number;
  readonly batch: number;
  readonly freeFactor: number;
  /** Blocks on each list; list = 3 * order + migratetype for orders 0..3, then 12, 13: order 9. */
  readonly lists: readonly number[];
}

export interface ZoneView {
  /** Index in MachineView.zones and in every call that takes a zone. */
  readonly index: number;
  readonly node: number;
  readonly name: string;
  /** zone_idx(): 0 DMA, 1 DMA32, 2 Normal, 3 Movable. */
  readonly zoneIdx: number;
  readonly startPfn: number;
  readonly spanned: number;
  readonly present: number;
  readonly managed: number;
  readonly min: number;
  readonly low: number;
  readonly high: number;
  readonly boost: number;
  /** The counter that the watermark check reads (NR_FREE_PAGES without the per-CPU deltas). */
  readonly free: number;
  /** Not yet folded per-CPU deltas, summed. */
  readonly freeDelta: number;
  readonly highatomicReserved: number;
  readonly lowmemReserve: readonly number[];
  readonly flags: number;
  /** Free blocks: [order][migratetype]. */
  readonly freeBlocks: readonly (readonly number[])[];
  readonly pcp: readonly PcpView[];
  /** One letter a pageblock from startPfn rounded down: U M R H I, '-' = no memory there. */
  readonly pageblocks: string;
}

export interface MachineView {
  readonly release: string;
  readonly step: number;
  readonly length: number;
  /** Where it booted from: the name of the recording's class of machine, or "pristine". */
  readonly origin: string;
  readonly pageblockOrder: number;
  readonly migratetypes: readonly string[];
  readonly sections: readonly SectionView[];
  readonly zones: readonly ZoneView[];
  /** Recorded calls run so far, and how many of them gave what the real kernel gave. */
  readonly compared: number;
  readonly matched: number;
  /** Dumps of the real kernel passed so far, and how many were equal in every field. */
  readonly dumpsCompared: number;
  readonly dumpsMatched: number;
}

export interface BlockInfo {
  /** First frame of the block that holds the asked frame. */
  readonly pfn: number;
  readonly order: number;
  readonly state: 'free' | 'pcp' | 'allocated' | 'before' | 'hole';
  /** List it is on, or the type it was asked for. */
  readonly migratetype: string;
  readonly pageblockType: string;
  readonly zone: number;
  readonly refcount: number;
  /** Step that allocated it, 0 when it was in use before the timeline. */
  readonly allocatedAt: number;
  /** Per-CPU list index, or -1. */
  readonly pcpList: number;
  /** Place on its free list or per-CPU list counted from the head, or -1. */
  readonly position: number;
}

export interface VerifyReport {
  readonly operations: number;
  readonly matched: number;
  readonly dumps: number;
  readonly dumpsMatched: number;
  /** null when nothing differs. */
  readonly first: null | {
    readonly kind: 'call' | 'dump';
    readonly line: number;
    readonly call: string;
    readonly what: string;
    readonly ours: string;
    readonly kernel: string;
  };
}
