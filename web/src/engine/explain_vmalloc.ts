/** vmalloc in words: the steps of a call's path. */
import type {DecisionStep} from './explain_types.ts';
import {count, hex} from './explain_words.ts';
import type {BadVfree, TraceEvent, VmallocFailure} from './trace_events.gen.ts';

/** Events of vmalloc. */
type VmallocEvent = Extract<
  TraceEvent,
  {name: `vmap_${string}` | `vmalloc_${string}` | 'bad_vfree'}
>;

export function isVmalloc(event: TraceEvent): event is VmallocEvent {
  return /^(vmap_|vmalloc_|bad_vfree$)/.test(event.name);
}

const kVmallocStart = 0xffffc90000000000n;
const kFits = ['', 'all of it', 'its beginning', 'its end', 'a piece from its middle'];

const kFailures: Readonly<Record<VmallocFailure, string>> = {
  zero_size: '0 bytes were asked for: the kernel warns once and returns NULL',
  total_pages: 'the machine does not have so many pages',
  no_vm_struct: 'there is no memory for the struct that describes the area',
  no_array: 'there is no memory for the array of pages',
  no_pages: 'not all pages were to be had',
  no_tables: 'there is no page for a page table',
  no_addresses: 'no range of addresses is long enough',
};

const kBadFrees: Readonly<Record<BadVfree, string>> = {
  bad_address: 'the address is not the first byte of a page',
  nonexistent: 'no area holds the address',
  not_ours: 'the area is older than the simulation, and what it holds is not known',
};

const address = (page: number): string =>
  `0x${(kVmallocStart + BigInt(page) * 4096n).toString(16)}`;

/** One decision in words. */
export function vmallocStep(event: VmallocEvent): DecisionStep {
  switch (event.name) {
    case 'vmap_fit':
      return {
        kind: 'take',
        title: 'Addresses',
        detail:
          `${count(event.pages, 'page')} from ${address(event.page)}, the guard included: ` +
          `${kFits[event.fit] ?? ''} of the lowest free range that is long enough`,
        kernel: 'alloc_vmap_area(), mm/vmalloc.c',
      };
    case 'vmap_lazy':
      return {
        kind: 'put',
        title: 'Addresses wait',
        detail:
          `${count(event.pages, 'page')} from ${address(event.page)} wait for a purge, now ` +
          `${event.lazy_pages} of at most ${event.lazy_max}`,
        kernel: 'free_vmap_area_noflush(), mm/vmalloc.c',
      };
    case 'vmap_purge':
      return {
        kind: 'put',
        title: 'Purge',
        detail: `${count(event.areas, 'range')} of ${count(event.pages, 'page')} are free again`,
        kernel: '__purge_vmap_area_lazy(), mm/vmalloc.c',
      };
    case 'vmap_table':
      return {
        kind: 'note',
        title: 'Page table',
        detail: `frame ${hex(event.pfn)} maps ${event.level === 1 ? '2 MiB' : '1 GiB'}`,
        kernel: 'vmap_pages_range_noflush(), mm/vmalloc.c',
        pfn: event.pfn,
        order: 0,
      };
    case 'vmalloc_bulk':
      return {
        kind: 'note',
        title: 'Pages in bulk',
        detail: `${event.got} of ${event.wanted} got; ${event.before} of ${event.total} were there`,
        kernel: 'vm_area_alloc_pages(), mm/vmalloc.c',
      };
    case 'vmalloc_failed':
      return {
        kind: 'fail',
        title: 'NULL',
        detail: kFailures[event.reason],
        kernel: '__vmalloc_node_range(), mm/vmalloc.c',
      };
    case 'bad_vfree':
      return {
        kind: 'fail',
        title: 'Not freed',
        detail: kBadFrees[event.reason],
        kernel: '__vunmap(), mm/vmalloc.c',
      };
  }
}
