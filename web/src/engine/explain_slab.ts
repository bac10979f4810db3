/** SLAB in words: the steps of its path, and what the sentence about a call says of them. */
import {find, type Line, object, slab, stepOf} from './explain_object_words.ts';
import type {DecisionStep} from './explain_types.ts';
import {block, count} from './explain_words.ts';
import type {TraceEvent} from './trace_events.gen.ts';

/** Events of SLAB alone; those that it shares with SLUB are in explain_slub.ts. */
type SlabEvent = Extract<TraceEvent, {name: `slab_${string}`}>;

export function isSlab(event: TraceEvent): event is SlabEvent {
  return event.name.startsWith('slab_');
}

/** What an allocation did; nothing for other events. */
function allocLine(event: SlabEvent): Line | undefined {
  switch (event.name) {
    case 'slab_array_take': {
      const what = `${object(event.pfn, event.offset)} was on top; ${event.avail} are left`;
      return ['take', 'This CPU’s array', what, '____cache_alloc(), mm/slab.c'];
    }
    case 'slab_take_shared': {
      const what =
        `${count(event.objects, 'object')} go to the CPU’s empty array, ` +
        `${event.shared_left} stay`;
      return ['take', 'The array that the CPUs share', what, 'cache_alloc_refill(), mm/slab.c'];
    }
    case 'slab_take_objects': {
      const what =
        `${count(event.objects, 'object')} of ${slab(event.pfn)} go to the CPU’s empty array; ` +
        `${event.active} of its ${event.num} are out now`;
      return ['take', `Lists of node ${event.node}`, what, 'alloc_block(), mm/slab.c'];
    }
    case 'slab_new_slab': {
      const colour =
        event.colours > 1 ? `, the first one ${event.s_mem} bytes in (its colour)` : '';
      const what = `the ${block(event.order, event.pfn)} holds ${event.num} objects${colour}`;
      return ['split', 'A new slab', what, 'cache_grow_begin(), mm/slab.c'];
    }
    case 'slab_alloc_failed': {
      const what = `no order-${event.order} block was to be had`;
      return ['fail', 'No memory for a slab', what, 'cache_grow_begin(), mm/slab.c'];
    }
  }
  return undefined;
}

/** What became of an object or a slab that was given back; nothing for other events. */
function freeLine(event: SlabEvent): Line | undefined {
  switch (event.name) {
    case 'slab_array_put': {
      const full = event.avail >= event.limit ? ', so the oldest must leave first' : '';
      const what =
        `${object(event.pfn, event.offset)} goes on top of ${event.avail} others ` +
        `(limit ${event.limit})${full}`;
      return ['put', 'This CPU’s array', what, '___cache_free(), mm/slab.c'];
    }
    case 'slab_alien_put': {
      const what =
        `${object(event.pfn, event.offset)} waits with ${event.avail} others ` +
        `(limit ${event.limit}) for the way to node ${event.node}`;
      return [
        'put',
        'The array of another node’s objects',
        what,
        '__cache_free_alien(), mm/slab.c',
      ];
    }
    case 'slab_flush': {
      const where =
        event.to_shared === 1
          ? `join the ${event.shared_avail} in the array that the CPUs share ` +
            `(limit ${event.shared_limit})`
          : 'go back to their slabs';
      const what = `the oldest ${count(event.objects, 'object')} ${where}`;
      return ['put', 'The array is full', what, 'cache_flusharray(), mm/slab.c'];
    }
    case 'slab_put_object': {
      const place =
        event.active === 0
          ? 'is empty and goes to the head of the free list'
          : `has ${event.active} of ${event.num} in use and goes to the tail of the partial list`;
      const what = `${object(event.pfn, event.offset)}; the slab ${place}`;
      return ['put', `Lists of node ${event.node}`, what, 'free_block(), mm/slab.c'];
    }
    case 'slab_destroy': {
      const what =
        `${slab(event.pfn)} is empty; without it the node has ` +
        `${count(event.free_objects, 'free object')} (limit ${event.free_limit})`;
      return ['merge', 'Slab given back', what, 'slab_destroy(), mm/slab.c'];
    }
  }
  return undefined;
}

/** One event as a step of the path. */
export function slabStep(event: SlabEvent): DecisionStep {
  return stepOf(event, allocLine(event) ?? freeLine(event));
}

/** Where an object came from; nothing when SLAB did not give it. */
export function slabSource(events: readonly TraceEvent[]): string | undefined {
  const fresh = find(events, 'slab_new_slab');
  const taken = find(events, 'slab_take_objects');
  if (fresh) {
    return (
      `this CPU’s array was empty and its node had no free object, so the ` +
      `${block(fresh.order, fresh.pfn)} became a slab of ${fresh.num}, of which ` +
      `${taken?.objects ?? 0} went to the array`
    );
  }
  const shared = find(events, 'slab_take_shared');
  if (shared) {
    return `this CPU’s empty array got ${shared.objects} from the one that all CPUs share`;
  }
  if (taken) {
    const slabs = events.filter((event) => event.name === 'slab_take_objects');
    const objects = slabs.reduce((sum, event) => sum + event.objects, 0);
    return `this CPU’s empty array got ${objects} from ${count(slabs.length, 'slab')} of its node`;
  }
  return find(events, 'slab_array_take') && 'it was on top of this CPU’s array';
}

/** What became of a freed object; nothing when SLAB did not get it. */
export function slabFreeSentence(events: readonly TraceEvent[]): string | undefined {
  const alien = find(events, 'slab_alien_put');
  if (alien) {
    return (
      `Freed ${object(alien.pfn, alien.offset)}, which is node ${alien.node}’s: it waits in an ` +
      'array for the way there.'
    );
  }
  const put = find(events, 'slab_array_put');
  if (!put) return undefined;
  const freed = `Freed ${object(put.pfn, put.offset)} to the top of this CPU’s array`;
  const flush = find(events, 'slab_flush');
  if (!flush) return `${freed}, from which it is taken first.`;
  const where = flush.to_shared === 1 ? 'to the array that all CPUs share' : 'to their slabs';
  const gone = events.filter((event) => event.name === 'slab_destroy').length;
  const destroyed = gone === 0 ? '' : `, and ${count(gone, 'slab')} to the page allocator`;
  return `${freed}; it was full, so the oldest ${flush.objects} went ${where}${destroyed}.`;
}
