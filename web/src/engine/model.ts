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

/** Kernels that can be simulated. */
export type ProfileName = '6.1.192' | '2.6.18-i386' | '2.6.18-x86_64';

/** Frames [start_pfn, end_pfn) of RAM on one node. */
export interface MemoryRange {
  /** 0..7; every node up to the highest has memory. Default 0. */
  readonly node?: number;
  readonly start_pfn: number;
  readonly end_pfn: number;
}

/**
 * A pristine machine. What does not exist in the chosen kernel is refused, and so is any member
 * that is not listed here. There is no ZONE_MOVABLE, so `kernelcore` is refused too.
 */
export interface MachineConfig {
  /** RAM in MiB on one node, 16..4096. Either this or `memory`. */
  readonly memory_mib?: number;
  /** RAM with holes and nodes, 16 GiB at most. */
  readonly memory?: readonly MemoryRange[];
  /** Default 6.1.192. */
  readonly profile?: ProfileName;
  /** Simulated CPUs, 1..64, all on node 0; or the CPUs of each node. Default 1. */
  readonly cpus?: number | readonly number[];
  /** Transparent huge pages: raises min_free_kbytes as the kernel does. Default true; 6.1 only. */
  readonly thp?: boolean;
  /** Number of orders as in 6.1: 11 is orders 0..10. 1..16, fixed in 2.6.18. */
  readonly max_order?: number;
  /** log2(pages) of a pageblock, 0..max_order - 1. Default min(9, max_order - 1); 6.1 only. */
  readonly pageblock_order?: number;
  /** Grouping by migratetype. Default: off below one pageblock a type; 6.1 only. */
  readonly page_group_by_mobility?: boolean;
  /** vm.min_free_kbytes as written after boot. Default: computed. */
  readonly min_free_kbytes?: number;
  /** vm.watermark_scale_factor, 1..3000. Default 10; 6.1 only. */
  readonly watermark_scale_factor?: number;
  /** vm.watermark_boost_factor. Default 15000; 6.1 only. */
  readonly watermark_boost_factor?: number;
  /** vm.lowmem_reserve_ratio, one number a zone from DMA on; those left out keep their default. */
  readonly lowmem_reserve_ratio?: readonly number[];
  /** vm.percpu_pagelist_high_fraction: 0 or 8 and more. Default 0; 6.1 only. */
  readonly percpu_pagelist_high_fraction?: number;
  /** Object allocator that the kernel is built with. Default SLUB; 6.1 only. */
  readonly slab_allocator?: 'SLUB' | 'SLAB';
  /** What stands behind `slub_debug=` on the command line. Default: it is not there; SLUB only. */
  readonly slub_debug?: string;
}

/** A command typed by the user. */
export type UserCommand =
  | {readonly op: 'alloc_pages' | '__get_free_pages'; readonly gfp: string; readonly order: number}
  | {readonly op: 'get_zeroed_page'; readonly gfp: string}
  | {readonly op: 'alloc_pages_exact'; readonly gfp: string; readonly bytes: number}
  | {readonly op: 'alloc_pages_bulk'; readonly gfp: string; readonly pages: number}
  | {readonly op: '__free_pages' | 'free_pages'; readonly pfn: number; readonly order: number}
  | {readonly op: 'free_pages_exact'; readonly pfn: number; readonly bytes: number}
  | {readonly op: 'get_page' | 'put_page'; readonly pfn: number}
  | {readonly op: 'split_page'; readonly pfn: number; readonly order: number}
  /** `bytes` bytes from the start of the frame get the value `value`, 0..255. */
  | {readonly op: 'memset'; readonly pfn: number; readonly value: number; readonly bytes: number}
  | {readonly op: 'drain_local_pages'}
  | AreaCommand
  | SlabCommand;

/** A call of vmalloc; 6.1 only. */
export type AreaCommand =
  | {readonly op: 'vmalloc' | 'vzalloc'; readonly bytes: number}
  /** `0xffffc90000001000`, as text because no number holds it; or `NULL`. */
  | {readonly op: 'vfree'; readonly address: string};

/** A call about a pool that keeps elements back for when memory is short. */
export type MempoolCommand =
  /** Pools are numbered from 0 on by these calls; min_nr elements are kept, 1 to 65536. */
  | {readonly op: 'mempool_create_slab_pool'; readonly min_nr: number; readonly cache: string}
  | {readonly op: 'mempool_create_kmalloc_pool'; readonly min_nr: number; readonly bytes: number}
  | {readonly op: 'mempool_create_page_pool'; readonly min_nr: number; readonly order: number}
  | {readonly op: 'mempool_alloc'; readonly pool: number; readonly gfp: string}
  | ({readonly op: 'mempool_free'; readonly pool: number} & ObjectAddress)
  | {readonly op: 'mempool_resize'; readonly pool: number; readonly min_nr: number}
  | {readonly op: 'mempool_destroy'; readonly pool: number};

/** A call of the object allocator; 6.1 only. */
export type SlabCommand =
  | MempoolCommand
  | {readonly op: 'kmalloc' | 'kzalloc'; readonly bytes: number; readonly gfp: string}
  /** `count` elements of `bytes` bytes; count up to Number.MAX_SAFE_INTEGER. */
  | {
      readonly op: 'kcalloc' | 'kmalloc_array';
      readonly count: number;
      readonly bytes: number;
      readonly gfp: string;
    }
  | ({readonly op: 'krealloc'; readonly bytes: number; readonly gfp: string} & ObjectAddress)
  | ({
      readonly op: 'krealloc_array';
      readonly count: number;
      readonly bytes: number;
      readonly gfp: string;
    } & ObjectAddress)
  | ({readonly op: 'kfree' | 'kfree_sensitive' | 'ksize'} & ObjectAddress)
  /** Objects of any caches, 1 to 65536. */
  | {readonly op: 'kfree_bulk'; readonly objects: readonly ObjectAddress[]}
  /** Bytes up to Number.MAX_SAFE_INTEGER. */
  | {readonly op: 'kmalloc_size_roundup'; readonly bytes: number}
  | {
      readonly op: 'kmem_cache_create';
      readonly cache: string;
      /** Bytes of one object. */
      readonly size: number;
      /** 0 or a power of two. Default 0. */
      readonly align?: number;
      /** SLAB_* names joined by '|'. Default none. */
      readonly flags?: string;
      /**
       * There is no code to run as a constructor, so it fills each object of a new slab with this
       * byte. Default none.
       */
      readonly ctor?: number;
    }
  | {
      /** The last one writes 1 to /sys/kernel/slab/NAME/validate. */
      readonly op: 'kmem_cache_destroy' | 'kmem_cache_shrink' | 'validate_slab_cache';
      readonly cache: string;
    }
  /** What a bad pointer does: `bytes` bytes from that place on, 1..1 MiB, get `value`, 0..255. */
  | ({readonly op: 'write_bytes'; readonly value: number; readonly bytes: number} & ObjectAddress)
  | {
      readonly op: 'kmem_cache_alloc' | 'kmem_cache_zalloc';
      readonly cache: string;
      readonly gfp: string;
    }
  /** 1 to 65536 objects, all or none. */
  | {
      readonly op: 'kmem_cache_alloc_bulk';
      readonly cache: string;
      readonly gfp: string;
      readonly count: number;
    }
  | {
      readonly op: 'kmem_cache_free_bulk';
      readonly cache: string;
      readonly objects: readonly ObjectAddress[];
    }
  | ({readonly op: 'kmem_cache_free'; readonly cache: string} & ObjectAddress);

/** Where an object is; without pfn it is NULL, or with offset 16 ZERO_SIZE_PTR. */
export interface ObjectAddress {
  /** A frame of its slab: the first one, or the one that the object starts in. */
  readonly pfn?: number;
  /** Bytes from the start of that frame. */
  readonly offset?: number;
}

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
  /** Of an object: bytes from the start of its slab, whose first frame is in pfns. Else 0. */
  readonly offset: number;
  /** Of a bulk call about objects: all that it gave (none for NULL) or was given. Else empty. */
  readonly objects: readonly ObjectAddress[];
  /** What ksize() or kmalloc_size_roundup() answered, in bytes; null for other calls. */
  readonly bytes: number | null;
  /** Number of the mempool that the call made or is about; null for other calls. */
  readonly pool: number | null;
  /** Of an area that vmalloc gave or vfree got: `0xffffc90000001000`, or `NULL`. Else ''. */
  readonly address: string;
  /** null when the call was not recorded, else whether the real kernel gave the same. */
  readonly matches: boolean | null;
  /** What the real kernel gave, same form as pfns. Empty when not recorded or when NULL. */
  readonly recordedPfns: readonly number[];
  /** Line of the recording, 0 when typed by the user. */
  readonly line: number;
  /**
   * What the kernel writes into its log about bad calls on caches and objects; empty unless this is
   * the current step.
   */
  readonly log: readonly string[];
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
  /** 2.6.18 only: limits of the cold list; high and batch above are those of the hot one. */
  readonly cold?: {readonly count: number; readonly high: number; readonly batch: number};
  /**
   * Blocks on each list; list = 3 * order + migratetype for orders 0..3, then 12, 13: order 9.
   * 2.6.18: list 0 is hot, list 1 cold.
   */
  readonly lists: readonly number[];
}

export interface ZoneView {
  /** Index in MachineView.zones and in every call that takes a zone. */
  readonly index: number;
  readonly node: number;
  readonly name: string;
  /** zone_idx(): 0 DMA, 1 DMA32, 2 Normal, 3 Movable (HighMem in 2.6.18). */
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
  /**
   * One letter a pageblock from startPfn rounded down: U M R H I, '-' = no memory there.
   * Empty where there are no pageblocks (2.6.18).
   */
  readonly pageblocks: string;
}

export interface MachineView {
  readonly release: string;
  readonly profile: ProfileName;
  readonly step: number;
  readonly length: number;
  /** Where it booted from: the name of the recording's class of machine, or "pristine". */
  readonly origin: string;
  readonly pageblockOrder: number;
  /** One column, "Any", where blocks are not grouped (2.6.18). */
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
  /** Name of the cache whose slab it is, or ''. */
  readonly cache: string;
}

/** A range of addresses from vmalloc() or vmap(). */
export interface AreaView {
  /** Number of its first page, counted from VMALLOC_START. */
  readonly page: number;
  /** With the guard page behind it, which maps nothing. */
  readonly pages: number;
  /** '' for what was there before the timeline: nobody knows what it maps. */
  readonly kind: 'vmalloc' | 'vmap' | '';
  /** Given back, but not to be used again before a purge. */
  readonly waits: boolean;
  readonly mapped: number;
  /** The frames behind it by address, at most 512. */
  readonly pfns: readonly number[];
}

/** Addresses of vmalloc: those in use, then those that wait, each ascending. */
export interface AreasView {
  readonly areas: readonly AreaView[];
  /** Areas that are not in the list because there are so many. */
  readonly more: number;
  /** Pages of addresses that wait for a purge, and how many may. */
  readonly waiting: number;
  readonly mostWaiting: number;
}

/** What the kernel has printed until the current step, as dmesg shows it. */
export interface KernelLogView {
  /** Lines that were dropped because there were too many; `lines` goes on behind them. */
  readonly dropped: number;
  /** `Not tainted`, or `Tainted: G    B   W         `. */
  readonly tainted: string;
  readonly lines: readonly string[];
}

/** One cache in a few numbers. */
export interface CacheRow {
  readonly name: string;
  /** Bytes asked for, and bytes from one object to the next. */
  readonly objectSize: number;
  readonly size: number;
  readonly align: number;
  /** Of the blocks that become slabs. */
  readonly order: number;
  readonly perSlab: number;
  /** Objects in use; what CPUs hold ready for themselves counts as in use, as in /proc/slabinfo. */
  readonly active: number;
  readonly objects: number;
  readonly slabs: number;
  /** 1 and the number of caches that were merged into this one. */
  readonly users: number;
}

/** One slab of a cache, and which of its objects are free. */
export interface SlabView {
  readonly pfn: number;
  readonly order: number;
  readonly node: number;
  /** The list it is on. SLUB has no list of full slabs and none of free ones. */
  readonly place: 'cpu' | 'cpu partial' | 'partial' | 'free' | 'full';
  /** The CPU that it belongs to, or -1. */
  readonly cpu: number;
  readonly objects: number;
  readonly inuse: number;
  /** Bytes before the first object. */
  readonly first: number;
  /** Numbers of the free objects in the order of the free list, the next to be taken first. */
  readonly free: readonly number[];
  /** SLUB: those that the CPU took over for itself; they come before `free`. */
  readonly own: readonly number[];
}

/** SLAB: free objects that lie ready for a CPU, a node, or another node. */
export interface ArrayCacheView {
  readonly of: 'cpu' | 'shared' | 'alien';
  readonly number: number;
  readonly limit: number;
  /** [pfn of the slab, number of the object], the next to be taken first. */
  readonly objects: readonly (readonly [number, number])[];
}

/** A cache with all that it holds. */
export interface CacheView extends CacheRow {
  readonly allocator: 'SLUB' | 'SLAB';
  /** Byte of a free object where the pointer to the next one lies; -1 when it does not. */
  readonly freePointer: number;
  readonly slabList: readonly SlabView[];
  /** Slabs that are not in the list because there are so many. */
  readonly more: number;
  readonly arrays: readonly ArrayCacheView[];
}

export interface VerifyReport {
  readonly operations: number;
  readonly matched: number;
  readonly dumps: number;
  readonly dumpsMatched: number;
  /** What no dump says, and was learnt from the recorded results instead of being compared. */
  readonly learnt: {
    /** Slabs older than the recording, of which the frames of a call tell what was free. */
    readonly slabs: number;
    /** New slabs in a random order, of which the first object tells where it starts. */
    readonly starts: number;
  };
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
