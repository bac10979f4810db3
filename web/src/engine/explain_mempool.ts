/** Mempools in words: the steps of a call about one, and its sentence. */
import {find, type Line, stepOf} from './explain_object_words.ts';
import type {DecisionStep} from './explain_types.ts';
import {count} from './explain_words.ts';
import type {StepInfo} from './model.ts';
import type {MempoolSource, TraceEvent} from './trace_events.gen.ts';

type MempoolEvent = Extract<TraceEvent, {name: `mempool_${string}`}>;

export function isMempool(event: TraceEvent): event is MempoolEvent {
  return event.name.startsWith('mempool_');
}

const kSources: Readonly<Record<MempoolSource, string>> = {
  allocator: 'the allocator had one, so the reserve is not touched',
  reserve: 'the allocator had none at the first try, so the reserve gives its last one',
  allocator_again: 'the reserve was empty, and the allocator had one at the second, harder try',
  nothing: 'neither the allocator nor the reserve has one, and the caller must not wait: NULL',
  would_wait:
    'neither the allocator nor the reserve has one: the kernel would wait for a free, which is ' +
    'not simulated yet, so this call gives NULL',
};

function inReserve(event: {readonly elements: number; readonly min_nr: number}): string {
  return `${event.elements} of ${count(event.min_nr, 'element')} in the reserve`;
}

function lineOf(event: MempoolEvent): Line {
  const pool = `Mempool ${event.pool}`;
  switch (event.name) {
    case 'mempool_create':
      return event.made === 1
        ? ['note', `${pool} is made`, inReserve(event), 'mempool_init_node(), mm/mempool.c']
        : ['fail', 'No mempool', `only ${inReserve(event)}`, 'mempool_init_node(), mm/mempool.c'];
    case 'mempool_alloc': {
      const failed = event.source === 'nothing' || event.source === 'would_wait';
      const title = event.source === 'would_wait' ? 'mempool would wait' : pool;
      const what = `${kSources[event.source]}; ${inReserve(event)}`;
      return [failed ? 'fail' : 'take', title, what, 'mempool_alloc(), mm/mempool.c'];
    }
    case 'mempool_free': {
      const where = event.kept === 1 ? 'the reserve keeps it' : 'the reserve is full: really freed';
      return ['put', pool, `${where}; ${inReserve(event)}`, 'mempool_free(), mm/mempool.c'];
    }
    case 'mempool_resize': {
      const what = `${event.before} elements before, now ${inReserve(event)}`;
      return ['note', pool, what, 'mempool_resize(), mm/mempool.c'];
    }
    case 'mempool_destroy': {
      const what = `${count(event.elements, 'element')} of its reserve are freed`;
      return ['merge', `${pool} is gone`, what, 'mempool_destroy(), mm/mempool.c'];
    }
  }
}

/** One event as a step of the path. */
export function mempoolStep(event: MempoolEvent): DecisionStep {
  return stepOf(event, lineOf(event));
}

/** One sentence about a call about a mempool; nothing about other calls. */
export function mempoolSentence(
  events: readonly TraceEvent[],
  step: Pick<StepInfo, 'call' | 'op'>,
): string | undefined {
  if (!step.op.startsWith('mempool_')) return undefined;
  const made = find(events, 'mempool_create');
  if (made) {
    return made.made === 1
      ? `Mempool ${made.pool} keeps ${count(made.min_nr, 'element')} back.`
      : `${step.call} gave NULL: no memory for ${count(made.min_nr, 'element')}.`;
  }
  const taken = find(events, 'mempool_alloc');
  if (taken) return `${step.call}: ${kSources[taken.source]}.`;
  const freed = find(events, 'mempool_free');
  if (freed) {
    return freed.kept === 1
      ? `${step.call}: the reserve lacked an element and keeps this one (${inReserve(freed)}).`
      : `${step.call}: the reserve is full, so the element went back to the allocator.`;
  }
  const resized = find(events, 'mempool_resize');
  if (resized) return `${step.call}: ${resized.before} elements before, now ${inReserve(resized)}.`;
  const gone = find(events, 'mempool_destroy');
  if (!gone) return `${step.call}: nothing to free.`;
  const kept = count(gone.elements, 'element');
  return `Mempool ${gone.pool} is gone; ${kept} of its reserve went back.`;
}
