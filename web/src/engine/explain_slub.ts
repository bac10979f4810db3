/**
 * The object allocator in words: the sentence about a call, and the steps of its path. What is
 * SLAB’s alone is in explain_slab.ts.
 */
import {find, type Line, object, slab, stepOf} from './explain_object_words.ts';
import {slabFreeSentence, slabSource} from './explain_slab.ts';
import {debugLine, debugSentence, isDebugEvent} from './explain_slub_debug.ts';
import type {DecisionStep} from './explain_types.ts';
import {block, count, theBlock} from './explain_words.ts';
import {formatGfp} from './gfp.ts';
import type {StepInfo} from './model.ts';
import {type BadObject, kNoPfn, type SlowFree, type TraceEvent} from './trace_events.gen.ts';

/** Events of the object allocator. */
type SlubEvent = Extract<
  TraceEvent,
  {name: `slub_${string}` | `kmem_cache_${string}` | `kmalloc${string}` | 'kfree' | 'bad_object'}
>;

const kAnyNode = 255;

export function isSlub(event: TraceEvent): event is SlubEvent {
  return /^(slub_|kmem_cache_|kmalloc|kfree|bad_object)/.test(event.name);
}

const kBadObjects: Readonly<Record<BadObject, string>> = {
  not_an_object: 'no allocation gives this address',
  free_already: 'it is on a free list already (a double free)',
  other_cache: '"Wrong slab cache": its slab belongs to another cache, which got it back',
  not_ours: 'its page is not the object allocator’s',
  in_reserve: 'a mempool keeps it in its reserve',
};

const kSlowFrees: Readonly<Record<SlowFree, string>> = {
  frozen: 'a CPU holds the slab and will find the object there',
  stays: 'the slab keeps its place on the node’s list',
  to_cpu: 'the slab was full and joins this CPU’s chain of partial slabs',
  to_node: 'the slab was full and goes to the tail of the node’s list',
  discarded: 'the slab is empty and the node has enough of those, so its pages go back',
};

/** ptr as the kernel's trace shows it: all memory is mapped from here on. */
function pointer(pfn: number, offset: number): string {
  if (pfn === kNoPfn) return `0x${offset.toString(16)}`;
  return `0x${(0xffff888000000000n + BigInt(pfn) * 4096n + BigInt(offset)).toString(16)}`;
}

function tracepointLine(
  event: Extract<SlubEvent, {name: 'kmalloc' | 'kfree' | 'kmem_cache_alloc' | 'kmem_cache_free'}>,
): Line {
  const ptr = `ptr=${pointer(event.pfn, event.offset)}`;
  const kernel = `${event.name}(), mm/slub.c`;
  if (event.name === 'kfree' || event.name === 'kmem_cache_free') {
    return ['note', `Tracepoint ${event.name}`, ptr, kernel];
  }
  const node = event.node === kAnyNode ? -1 : event.node;
  const detail =
    `${ptr} bytes_req=${event.bytes_req} bytes_alloc=${event.bytes_alloc} ` +
    `gfp_flags=${formatGfp(event.gfp_flags, 'none')} node=${node}`;
  return ['note', `Tracepoint ${event.name}`, detail, kernel];
}

/** What an allocation did; nothing for other events. */
function allocLine(event: SlubEvent): Line | undefined {
  switch (event.name) {
    case 'slub_alloc_fast': {
      const what = `${object(event.pfn, event.offset)} was its head`;
      return ['take', 'This CPU’s free list', what, 'slab_alloc_node(), mm/slub.c'];
    }
    case 'slub_node_mismatch': {
      const why = `${slab(event.pfn)} is on node ${event.node}, wanted is ${event.wanted_node}`;
      return ['check', 'Wrong node', why, '___slab_alloc(), mm/slub.c'];
    }
    case 'slub_refill': {
      const what = `${count(event.objects, 'object')} of ${slab(event.pfn)} are this CPU’s now`;
      return ['take', 'Objects that others freed', what, 'get_freelist(), mm/slub.c'];
    }
    case 'slub_used_up': {
      const what = `all ${event.objects} objects of ${slab(event.pfn)} are in use: it is forgotten`;
      return ['check', 'The CPU’s slab is used up', what, 'get_freelist(), mm/slub.c'];
    }
    case 'slub_cpu_partial_take': {
      const what = `${slab(event.pfn)} becomes the CPU’s; ${event.slabs_left} stay in the chain`;
      return ['take', 'This CPU’s chain', what, '___slab_alloc(), mm/slub.c'];
    }
    case 'slub_node_take': {
      const role = event.own === 1 ? 'becomes the CPU’s slab' : 'joins the CPU’s chain';
      const what =
        `${slab(event.pfn)} with ${event.free_objects} free objects ${role}; ` +
        `${event.nr_partial} stay on the list`;
      return ['take', `Partial list of node ${event.node}`, what, 'get_partial_node(), mm/slub.c'];
    }
    case 'slub_new_slab': {
      const less = event.smaller === 1 ? ', smaller than usual for want of memory' : '';
      const what = `the ${block(event.order, event.pfn)} holds ${event.objects} objects${less}`;
      return ['split', 'A new slab', what, 'new_slab(), mm/slub.c'];
    }
    case 'slub_alloc_failed': {
      const what = `not even an order-${event.order} block was to be had`;
      return ['fail', 'No memory for a slab', what, 'new_slab(), mm/slub.c'];
    }
  }
  return undefined;
}

/** What became of an object or a slab that was given back; nothing for other events. */
function freeLine(event: SlubEvent): Line | undefined {
  switch (event.name) {
    case 'slub_free_fast': {
      const what = `${object(event.pfn, event.offset)} is its head now`;
      return ['put', 'This CPU’s free list', what, 'do_slab_free(), mm/slub.c'];
    }
    case 'slub_free_slow': {
      const what =
        `${object(event.pfn, event.offset)}; ${event.inuse} of ${event.objects} in use: ` +
        kSlowFrees[event.outcome];
      return ['put', 'The slab’s own free list', what, '__slab_free(), mm/slub.c'];
    }
    case 'slub_cpu_partial_put': {
      const drained = event.drained === 1 ? '; the old chain was full and goes to its nodes' : '';
      const what = `${slab(event.pfn)} is first of ${event.slabs} (limit ${event.limit})${drained}`;
      return ['put', 'This CPU’s chain', what, 'put_cpu_partial(), mm/slub.c'];
    }
    case 'slub_node_put': {
      const what =
        `${slab(event.pfn)}, ${event.inuse} of ${event.objects} in use, to its ${event.place} ` +
        `(${count(event.nr_partial, 'slab')})`;
      return ['put', `Partial list of node ${event.node}`, what, 'add_partial(), mm/slub.c'];
    }
    case 'slub_discard': {
      const what =
        `${slab(event.pfn)} is empty, and the node has ${event.nr_partial} partial slabs ` +
        `(min_partial ${event.min_partial})`;
      return ['merge', 'Slab given back', what, 'discard_slab(), mm/slub.c'];
    }
    case 'slub_deactivate': {
      const what =
        `${count(event.own_objects, 'object')} of ${slab(event.pfn)} are free for all again; ` +
        `${event.inuse} of ${event.objects} stay in use`;
      return ['put', 'The CPU gives its slab up', what, 'deactivate_slab(), mm/slub.c'];
    }
  }
  return undefined;
}

/** Events about whole calls; nothing for other events. */
function callLine(event: SlubEvent): Line | undefined {
  switch (event.name) {
    case 'kmalloc':
    case 'kfree':
    case 'kmem_cache_alloc':
    case 'kmem_cache_free':
      return tracepointLine(event);
    case 'kmalloc_size': {
      const what = `${event.bytes} bytes need objects of ${event.object_size}`;
      return ['check', 'Size class', what, 'kmalloc_slab(), mm/slab_common.c'];
    }
    case 'kmalloc_large': {
      const what = `${event.bytes} bytes are too many for a cache: order ${event.order}`;
      return ['check', 'Large', what, '__kmalloc_large_node(), mm/slab_common.c'];
    }
    case 'kmem_cache_create': {
      const what =
        event.error === 0
          ? `${event.size} bytes an object, ${event.objects} in an order-${event.order} slab`
          : `error ${event.error}`;
      return ['note', 'Cache', what, 'kmem_cache_create(), mm/slab_common.c'];
    }
    case 'kmem_cache_shrink': {
      const what = `${event.slabs_before} slabs before, ${event.slabs_after} after`;
      return ['note', 'Shrunk', what, 'kmem_cache_shrink(), mm/slab_common.c'];
    }
    case 'kmem_cache_destroy': {
      const what = event.gone === 1 ? 'nobody needs it any more' : 'objects are still in use';
      return ['note', 'Destroyed', what, 'kmem_cache_destroy(), mm/slab_common.c'];
    }
    case 'bad_object': {
      const what = kBadObjects[event.reason];
      return ['fail', 'Bad pointer', what, 'cache_from_obj(), mm/slab.h'];
    }
  }
  return undefined;
}

/** One event as a step of the path. */
export function slubStep(event: SlubEvent): DecisionStep {
  if (isDebugEvent(event)) return stepOf(event, debugLine(event));
  return stepOf(event, allocLine(event) ?? freeLine(event) ?? callLine(event));
}

/** Where an object came from: the deepest place that the call had to go to. */
function source(events: readonly TraceEvent[]): string {
  const slabs = slabSource(events);
  if (slabs !== undefined) return slabs;
  const debugged = find(events, 'slub_debug_alloc');
  if (debugged?.fresh === 0) {
    const from = `${slab(debugged.pfn)} of node ${debugged.node}`;
    return `with debugging there are no slabs of CPUs, so it came from ${from}`;
  }
  const fresh = find(events, 'slub_new_slab');
  if (fresh) {
    return (
      `neither this CPU nor its node had a free one, so the ${block(fresh.order, fresh.pfn)} ` +
      `became a slab of ${fresh.objects}`
    );
  }
  const node = find(events, 'slub_node_take');
  if (node) {
    const taken = events.filter((event) => event.name === 'slub_node_take').length;
    const more = taken > 1 ? ` and put ${taken - 1} more into its chain` : '';
    return `this CPU took ${slab(node.pfn)} from the partial list of node ${node.node}${more}`;
  }
  const chain = find(events, 'slub_cpu_partial_take');
  if (chain) return `${slab(chain.pfn)} came from this CPU’s chain of partial slabs`;
  const refill = find(events, 'slub_refill');
  if (refill) return `this CPU took over what others had freed into its ${slab(refill.pfn)}`;
  return 'it was the head of this CPU’s own free list';
}

function allocSentence(events: readonly TraceEvent[], step: Pick<StepInfo, 'call'>): string {
  const given = find(events, 'kmalloc') ?? find(events, 'kmem_cache_alloc');
  const size = find(events, 'kmalloc_size');
  const large = find(events, 'kmalloc_large');
  if (!given) return `${step.call} gave ZERO_SIZE_PTR: no memory, but not NULL either.`;
  if (given.pfn === kNoPfn) {
    const why = find(events, 'alloc_failed');
    return why?.reason === 'order_too_big'
      ? `${step.call} gave NULL: order ${why.order} is more than there is, and the kernel warns.`
      : `${step.call} gave NULL: no memory for a new ${large ? 'block' : 'slab'}.`;
  }
  if (large) {
    return (
      `${large.bytes} bytes are more than any cache holds, so ` +
      `${theBlock(large.order, given.pfn)} came straight from the page allocator.`
    );
  }
  const why = size ? `${size.bytes} bytes fit the ${size.object_size}-byte cache; ` : '';
  const text = `${why}${object(given.pfn, given.offset)} was handed out: ${source(events)}.`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function freeSentence(events: readonly TraceEvent[], step: Pick<StepInfo, 'call'>): string {
  const fast = find(events, 'slub_free_fast');
  if (fast) {
    return (
      `Freed ${object(fast.pfn, fast.offset)} to the head of this CPU’s own free list, ` +
      'where it is taken first.'
    );
  }
  const slow = find(events, 'slub_free_slow');
  if (slow) {
    return `Freed ${object(slow.pfn, slow.offset)} to its slab: ${kSlowFrees[slow.outcome]}.`;
  }
  const slabs = slabFreeSentence(events);
  if (slabs !== undefined) return slabs;
  const large = find(events, 'mm_page_free');
  return large
    ? `${step.call} gave the pages of a large kmalloc back to the page allocator.`
    : `${step.call}: nothing to free.`;
}

/** One sentence about a call of the object allocator. */
export function slubSentence(
  events: readonly TraceEvent[],
  step: Pick<StepInfo, 'call' | 'op'>,
): string {
  const bad = find(events, 'bad_object');
  if (bad) return `${step.call}: ${kBadObjects[bad.reason]}.`;
  const debug = debugSentence(events, step);
  if (debug !== undefined) return debug;
  if (/alloc(_array)?$/.test(step.op)) return allocSentence(events, step);
  if (/^kfree|free$/.test(step.op)) return freeSentence(events, step);
  const created = find(events, 'kmem_cache_create');
  if (created) {
    if (created.error !== 0) return `${step.call} failed with error ${created.error}.`;
    const merged = created.merged === 1 ? 'Another cache serves it too: ' : 'Made a cache: ';
    return (
      `${merged}${count(created.size, 'byte')} for each object, ` +
      `${created.objects} in a slab of order ${created.order}.`
    );
  }
  const shrunk = find(events, 'kmem_cache_shrink');
  if (shrunk) {
    return (
      `${count(shrunk.slabs_before - shrunk.slabs_after, 'empty slab')} went back to the page ` +
      `allocator, ${shrunk.slabs_after} stay.`
    );
  }
  const destroyed = find(events, 'kmem_cache_destroy');
  if (!destroyed) return `${step.call}: no such cache.`;
  if (destroyed.gone === 0) {
    return `${step.call}: the cache still has objects, so the kernel warns and keeps it.`;
  }
  return destroyed.users > 0
    ? `${step.call}: one user less; the cache stays for the others.`
    : `${step.call}: all its slabs went back to the page allocator.`;
}
