/**
 * kmalloc() by its other names and calls about many objects, in words: what they add to the
 * sentences and steps of explain_slub.ts.
 */
import {mempoolSentence} from './explain_mempool.ts';
import {find, type Line, object, slab, stepOf} from './explain_object_words.ts';
import {slubSentence} from './explain_slub.ts';
import type {DecisionStep} from './explain_types.ts';
import {count} from './explain_words.ts';
import type {StepInfo} from './model.ts';
import type {TraceEvent} from './trace_events.gen.ts';

const kNames = [
  'kmalloc_overflow',
  'krealloc',
  'kfree_sensitive',
  'slab_alloc_bulk',
  'slub_free_group',
  'slab_construct',
] as const;
type FamilyEvent = Extract<TraceEvent, {name: (typeof kNames)[number]}>;

export function isFamily(event: TraceEvent): event is FamilyEvent {
  return (kNames as readonly string[]).includes(event.name);
}

const kReallocs = {
  same: 'it is big enough and stays where it is',
  moved: 'a bigger one gets its bytes',
  no_memory: 'there is no bigger one; it stays as it was',
} as const;

function lineOf(event: FamilyEvent): Line {
  switch (event.name) {
    case 'kmalloc_overflow': {
      const elements = event.count_high * 2 ** 32 + event.count;
      const what = `${elements} elements of ${event.bytes} bytes: no size of 64 bits holds them`;
      return ['fail', 'Overflow', what, 'kmalloc_array(), include/linux/slab.h'];
    }
    case 'krealloc': {
      const what = `the object has ${event.had} bytes, wanted are ${event.bytes}: `;
      const kind = event.outcome === 'no_memory' ? 'fail' : 'check';
      return [kind, 'Another size', what + kReallocs[event.outcome], '__do_krealloc()'];
    }
    case 'kfree_sensitive': {
      const what = `${count(event.bytes, 'byte')} became 0`;
      return ['note', 'Wiped', what, 'kfree_sensitive(), mm/slab_common.c'];
    }
    case 'slab_alloc_bulk': {
      const short = event.taken < event.wanted;
      const what = short
        ? `only ${event.taken} of ${event.wanted} were to be had, and go back`
        : `${count(event.taken, 'object')}, one after the other`;
      return [short ? 'fail' : 'take', 'Many objects', what, 'kmem_cache_alloc_bulk()'];
    }
    case 'slub_free_group': {
      const what =
        `${count(event.objects, 'object')} of ${slab(event.pfn)} together; ` +
        `${event.left} of the array are still to come`;
      return ['put', 'One slab’s objects', what, 'build_detached_freelist(), mm/slub.c'];
    }
    case 'slab_construct': {
      const byte = `0x${event.value.toString(16).padStart(2, '0')}`;
      const warned =
        event.zero_asked === 1 ? '; __GFP_ZERO would undo that, so the kernel warns' : '';
      const what = `${count(event.objects, 'object')} of ${slab(event.pfn)} filled with ${byte}`;
      return ['note', 'The constructor runs', what + warned, 'setup_object(), mm/slub.c'];
    }
  }
}

/** One event as a step of the path. */
export function familyStep(event: FamilyEvent): DecisionStep {
  return stepOf(event, lineOf(event));
}

type Step = Pick<StepInfo, 'call' | 'op'> & Partial<Pick<StepInfo, 'bytes'>>;

function reallocSentence(events: readonly TraceEvent[], step: Step): string | undefined {
  const realloc = find(events, 'krealloc');
  const given = find(events, 'kmalloc');
  if (!realloc) {
    // Of nothing it is kmalloc().
    if (given || !find(events, 'kfree')) return undefined;
    return `${step.call} asked for 0 bytes: the object is free, and the answer is ZERO_SIZE_PTR.`;
  }
  const {outcome, had, bytes} = realloc;
  if (outcome === 'same') {
    return `The object has ${had} bytes, enough for ${bytes}: it stays where it is.`;
  }
  if (outcome === 'no_memory' || !given) {
    return `${step.call} gave NULL: no memory for ${bytes} bytes, and the object is as it was.`;
  }
  return (
    `${had} bytes are not enough for ${bytes}: they moved to ${object(given.pfn, given.offset)}, ` +
    'and the old object is free.'
  );
}

function bulkSentence(events: readonly TraceEvent[], step: Step): string | undefined {
  const taken = find(events, 'slab_alloc_bulk');
  if (taken) {
    if (taken.taken < taken.wanted) {
      return (
        `${step.call} gave NULL: memory ran out after ${taken.taken} of ${taken.wanted} objects, ` +
        'which went back.'
      );
    }
    const fresh = events.filter(({name}) => name === 'slub_new_slab' || name === 'slab_new_slab');
    const slabs = fresh.length === 0 ? '' : `, for which ${count(fresh.length, 'slab')} was made`;
    return `${count(taken.taken, 'object')} were handed out in one call${slabs}.`;
  }
  const groups = events.filter((event) => event.name === 'slub_free_group');
  if (groups.length > 0) {
    const freed = groups.reduce((sum, group) => sum + group.objects, 0);
    return (
      `Freed ${count(freed, 'object')} in ${count(groups.length, 'group')}: those of one slab ` +
      'go back together, from the end of the array on.'
    );
  }
  const singles = events.filter(({name}) => name === 'slab_array_put').length;
  return singles === 0 ? undefined : `Freed ${count(singles, 'object')}, one after the other.`;
}

/** One sentence about a call of the object allocator. */
export function objectSentence(events: readonly TraceEvent[], step: Step): string {
  const ordinary = () => slubSentence(events, step);
  if (find(events, 'bad_object')) return ordinary();
  if (find(events, 'kmalloc_overflow')) {
    return (
      `${step.call} gave NULL: so many elements have more bytes than 64 bits can say, so nobody ` +
      'was asked for memory.'
    );
  }
  const pooled = mempoolSentence(events, step);
  if (pooled !== undefined) return pooled;
  switch (step.op) {
    case 'krealloc':
    case 'krealloc_array':
      return reallocSentence(events, step) ?? ordinary();
    case 'kmem_cache_alloc_bulk':
    case 'kmem_cache_free_bulk':
    case 'kfree_bulk':
      return bulkSentence(events, step) ?? `${step.call}: pages of large objects went back.`;
    case 'ksize':
      return `${count(step.bytes ?? 0, 'byte')} belong to the user of this object.`;
    case 'kmalloc_size_roundup':
      return `kmalloc() would give ${count(step.bytes ?? 0, 'byte')} for so many.`;
    case 'kfree_sensitive': {
      const wiped = find(events, 'kfree_sensitive');
      const first = wiped ? `${count(wiped.bytes, 'byte')} became 0 first. ` : '';
      return first + ordinary();
    }
    default:
      return ordinary();
  }
}
