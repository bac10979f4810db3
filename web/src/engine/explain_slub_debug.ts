/** SLUB’s debugging in words: what was wrong, what the kernel did about it, what a look found. */
import {find, type Line, object, slab} from './explain_object_words.ts';
import {count} from './explain_words.ts';
import type {StepInfo} from './model.ts';
import type {SlubRepair, SlubReport, TraceEvent} from './trace_events.gen.ts';

type DebugEvent = Extract<
  TraceEvent,
  {name: 'slub_debug_alloc' | 'slub_report' | 'slub_fix' | 'slub_validate'}
>;

export function isDebugEvent(event: TraceEvent): event is DebugEvent {
  return /^slub_(debug_alloc|report|fix|validate)$/.test(event.name);
}

const kReports: Readonly<Record<SlubReport, string>> = {
  left_redzone: 'bytes before the object were written to (Left Redzone overwritten)',
  right_redzone: 'bytes behind the object were written to (Right Redzone overwritten)',
  alignment_padding: 'bytes behind the object were written to (Alignment padding overwritten)',
  poison: 'a free object was written to (Poison overwritten)',
  end_poison: 'the last byte of a free object was written to (End Poison overwritten)',
  object_padding: 'bytes behind the object’s data were written to (Object padding overwritten)',
  slab_padding: 'bytes behind the last object were written to (Padding overwritten)',
  freepointer_corrupt: 'a free pointer leads nowhere (Freepointer corrupt)',
  freechain_corrupt: 'the free list leads nowhere (Freechain corrupt)',
  wrong_count: 'the slab’s counter does not agree with its free list (Wrong object count)',
  invalid_pointer: 'no object starts at this address (Invalid object pointer)',
  already_free: 'it is on the free list already (Object already free)',
  too_many_freed: 'nothing in the slab is in use, so nothing can be freed',
  disabled: 'the slab was taken out of use before (Slab disabled)',
  objects_remain: 'objects of the cache are still in use (Objects remaining)',
};

const kRepairs: Readonly<Record<SlubRepair, string>> = {
  restored: 'the bytes were restored',
  not_freed: 'the object was not freed',
  all_used: 'the slab was taken out of use: all its objects count as used',
  freelist_cleared: 'the free list was cleared',
  count_adjusted: 'the counter was adjusted',
};

/** An event as a line of the path. */
export function debugLine(event: DebugEvent): Line {
  switch (event.name) {
    case 'slub_debug_alloc': {
      const from = event.fresh === 1 ? 'the new slab' : `${slab(event.pfn)} of node ${event.node}`;
      const what =
        `${object(event.pfn, event.offset)} of ${from}, every byte as it must be; ` +
        `${event.inuse} of ${event.objects} in use`;
      return ['take', 'Debugged object', what, 'alloc_debug_processing(), mm/slub.c'];
    }
    case 'slub_report': {
      const what = `${slab(event.pfn)}, byte ${event.offset}: ${kReports[event.reason]}`;
      return ['fail', 'BUG in the kernel’s log', what, 'slab_bug(), mm/slub.c'];
    }
    case 'slub_fix':
      return ['note', 'FIX in the kernel’s log', kRepairs[event.repair], 'slab_fix(), mm/slub.c'];
    case 'slub_validate': {
      const what = `${count(event.slabs, 'slab')} looked at, ${count(event.errors, 'error')}`;
      return ['check', 'Validated', what, 'validate_slab_cache(), mm/slub.c'];
    }
  }
}

/** The sentence about a call that found something, or that only looks or damages. */
export function debugSentence(
  events: readonly TraceEvent[],
  step: Pick<StepInfo, 'call' | 'op'>,
): string | undefined {
  if (step.op === 'write_bytes') {
    return `${step.call} wrote to the bytes; nobody notices before somebody looks at them.`;
  }
  // What is left over when a cache is destroyed is told by the sentence about that call.
  if (step.op === 'kmem_cache_destroy') return undefined;
  const report = find(events, 'slub_report');
  const fixes = events.flatMap((event) => (event.name === 'slub_fix' ? [event.repair] : []));
  const done = [...new Set(fixes)].map((repair) => kRepairs[repair]).join(', ');
  const looked = find(events, 'slub_validate');
  if (report) {
    return `${step.call}: ${kReports[report.reason]}${done === '' ? '' : `; ${done}`}.`;
  }
  if (!looked) return undefined;
  const found = looked.errors === 0 ? 'nothing is wrong' : count(looked.errors, 'error');
  return `${step.call} looked at every object of ${count(looked.slabs, 'slab')}: ${found}.`;
}
