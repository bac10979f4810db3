/** vmalloc in words: the sentence about a call, and the steps of its path. */
import {find} from './explain_object_words.ts';
import type {DecisionStep} from './explain_types.ts';
import {count, hex, vmallocAddress, wide} from './explain_words.ts';
import type {StepInfo} from './model.ts';
import type {BadVfree, TraceEvent, VmallocFailure} from './trace_events.gen.ts';

/** Events of vmalloc. */
type VmallocEvent = Extract<
  TraceEvent,
  {name: `vmap_${string}` | `vmalloc_${string}` | 'bad_vfree'}
>;

export function isVmalloc(event: TraceEvent): event is VmallocEvent {
  return /^(vmap_|vmalloc_|bad_vfree$)/.test(event.name);
}

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

/** What the kernel's log says, and why. */
const kBadFrees: Readonly<Record<BadVfree, readonly [string, string]>> = {
  bad_address: ['Trying to vfree() bad address', 'it is not the first byte of a page'],
  nonexistent: ['Trying to vfree() nonexistent vm area', 'no area in use holds it'],
  not_ours: ['', 'the area is older than the simulation, and what it holds is not known'],
};

type Named<Name extends VmallocEvent['name']> = Extract<VmallocEvent, {name: Name}>;

/** The line that the kernel prints about a request that failed, if any. */
function failureLog(event: Named<'vmalloc_failed'>): string {
  const size = wide(event.bytes, event.bytes_high);
  switch (event.reason) {
    case 'total_pages':
      return `: "vmalloc error: size ${size}, exceeds total pages"`;
    case 'no_vm_struct':
      return `: "vmalloc error: size ${size}, vm_struct allocation failed"`;
    case 'no_addresses':
      return `: "vmap allocation for size ${size} failed: use vmalloc=<size> to increase size"`;
    default:
      return '';
  }
}

const failure = (event: Named<'vmalloc_failed'>): string =>
  kFailures[event.reason] + failureLog(event);

function badFree(event: Named<'bad_vfree'>): string {
  const [log, why] = kBadFrees[event.reason];
  const at = hex(wide(event.address, event.address_high));
  return log === '' ? why : `the kernel warns "${log} (${at})", as ${why}`;
}

/** One sentence about a call of vmalloc. */
export function vmallocSentence(
  events: readonly TraceEvent[],
  step: Pick<StepInfo, 'call' | 'pfnCount'>,
): string {
  const bad = find(events, 'bad_vfree');
  if (bad) return `${step.call}: ${badFree(bad)}; nothing is freed.`;
  const failed = events.findLast((event) => event.name === 'vmalloc_failed');
  if (failed) return `${step.call} gave NULL: ${failure(failed)}.`;
  const area = find(events, 'vmap_fit');
  if (area) {
    return (
      `${count(step.pfnCount, 'page')}, taken one by one, can be used as one piece from ` +
      `${vmallocAddress(area.page)} on; one page of addresses behind ` +
      `${area.pages > 2 ? 'them' : 'it'} stays unmapped as a guard.`
    );
  }
  const freed = find(events, 'vmap_lazy');
  if (!freed) return `${step.call}: nothing to free.`;
  return (
    `Freed ${count(freed.pages - 1, 'page')} from ${vmallocAddress(freed.page)} at once; ` +
    `the addresses ${find(events, 'vmap_purge') ? 'are free again too, by' : 'wait for'} a purge.`
  );
}

/** One decision in words. */
export function vmallocStep(event: VmallocEvent): DecisionStep {
  switch (event.name) {
    case 'vmap_fit':
      return {
        kind: 'take',
        title: 'Addresses',
        detail:
          `${count(event.pages, 'page')} from ${vmallocAddress(event.page)}, the guard ` +
          `included: ${kFits[event.fit] ?? ''} of the lowest free range long enough`,
        kernel: 'alloc_vmap_area(), mm/vmalloc.c',
      };
    case 'vmap_lazy':
      return {
        kind: 'put',
        title: 'Addresses wait',
        detail:
          `${count(event.pages, 'page')} from ${vmallocAddress(event.page)} wait for a purge, ` +
          `now ${event.lazy_pages} of at most ${event.lazy_max}`,
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
        detail: failure(event),
        kernel: '__vmalloc_node_range(), mm/vmalloc.c',
      };
    case 'bad_vfree':
      return {
        kind: 'fail',
        title: 'Not freed',
        detail: badFree(event),
        kernel: '__vunmap(), mm/vmalloc.c',
      };
  }
}
