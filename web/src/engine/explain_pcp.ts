/** Steps about the per-CPU lists, and the kernel's own tracepoints. */
import type {DecisionStep} from './explain_types.ts';
import {block, count, hex, pagesIn, type Words} from './explain_words.ts';
import {formatGfp} from './gfp.ts';
import type {
  PcpFlushEvent,
  PcpFlushReason,
  PcpPutEvent,
  PcpRefillEvent,
  PcpTakeEvent,
  TraceEvent,
} from './trace_events.gen.ts';
import {kNoPfn} from './trace_events.gen.ts';

export function pcpTakeStep(event: PcpTakeEvent, words: Words): DecisionStep {
  return {
    kind: 'take',
    title: `Took ${block(event.order, event.pfn)} from the per-CPU list`,
    detail:
      `head of this CPU's ${words.pcpList(event.list)} list of ${words.zone(event.zone)}; ` +
      `${count(event.count_after, 'page')} left on the CPU's lists`,
    kernel: '__rmqueue_pcplist(), mm/page_alloc.c',
    numbers: [{label: 'count after', value: event.count_after}],
    pfn: event.pfn,
    order: event.order,
  };
}

export function pcpRefillStep(event: PcpRefillEvent, words: Words): DecisionStep {
  const got =
    event.got_blocks === event.wanted_blocks
      ? `${count(event.got_blocks, 'block')} were`
      : `${event.got_blocks} of ${count(event.wanted_blocks, 'block')} were`;
  return {
    kind: event.got_blocks === 0 ? 'fail' : 'put',
    title: `Refilled the ${words.pcpList(event.list)} per-CPU list`,
    detail:
      `it was empty; ${got} appended at its tail ` + `(batch ${event.batch}, order ${event.order})`,
    kernel: 'rmqueue_bulk(), mm/page_alloc.c',
    numbers: [
      {label: 'blocks wanted', value: event.wanted_blocks},
      {label: 'blocks got', value: event.got_blocks},
      {label: 'count before', value: event.count_before},
      {label: 'batch', value: event.batch},
    ],
  };
}

export function pcpPutStep(event: PcpPutEvent, words: Words): DecisionStep {
  return {
    kind: 'put',
    title: `Put ${block(event.order, event.pfn)} on the per-CPU list`,
    detail:
      `head of this CPU's ${words.pcpList(event.list)} list; the CPU now holds ` +
      `${count(event.count_after, 'page')}, high is ${event.high}`,
    kernel: 'free_unref_page_commit(), mm/page_alloc.c',
    numbers: [
      {label: 'count after', value: event.count_after},
      {label: 'high', value: event.high},
      {label: 'free_factor (power of two)', value: event.free_factor},
    ],
    pfn: event.pfn,
    order: event.order,
  };
}

/** Why pages leave the per-CPU lists, as a clause. */
function flushReason(event: PcpFlushEvent): string {
  const reasons: Readonly<Record<PcpFlushReason, string>> = {
    reached_high: `count ${event.count_before} reached high ${event.high}`,
    high_order_free: 'a block of order 1 to 3 was freed after a run of frees',
    drained: 'a drain was asked for',
  };
  return reasons[event.reason];
}

export function pcpFlushStep(event: PcpFlushEvent, words: Words): DecisionStep {
  return {
    kind: 'check',
    title: `Per-CPU lists of ${words.zone(event.zone)} give pages back`,
    detail:
      `${flushReason(event)}, so ${count(event.pages_to_free, 'page')} go back, oldest first, ` +
      `starting with the ${words.pcpList(event.first_list)} list`,
    kernel: 'free_pcppages_bulk(), mm/page_alloc.c',
    numbers: [
      {label: 'pages to free', value: event.pages_to_free},
      {label: 'count before', value: event.count_before},
      {label: 'high', value: event.high},
      {label: 'batch', value: event.batch},
      {label: 'free_factor (power of two)', value: event.free_factor},
    ],
  };
}

type Tracepoint = Extract<TraceEvent, {name: `mm_page_${string}`}>;

export function isTracepoint(event: TraceEvent): event is Tracepoint {
  return event.name.startsWith('mm_page_');
}

const kTracepointKernel: Readonly<Record<Tracepoint['name'], string>> = {
  mm_page_alloc: '__alloc_pages(), mm/page_alloc.c',
  mm_page_free: 'free_pages_prepare(), mm/page_alloc.c',
  mm_page_free_batched: 'free_unref_page_list(), mm/page_alloc.c',
  mm_page_alloc_zone_locked: '__rmqueue_smallest(), mm/page_alloc.c',
  mm_page_pcpu_drain: 'free_pcppages_bulk(), mm/page_alloc.c',
  mm_page_alloc_extfrag: '__rmqueue_fallback(), mm/page_alloc.c',
};

/** The fields as `cat /sys/kernel/tracing/trace` shows them, without the struct page pointer. */
function tracepointText(event: Tracepoint): string {
  const pfn = event.pfn === kNoPfn ? 'pfn=0x0' : `pfn=${hex(event.pfn)}`;
  switch (event.name) {
    case 'mm_page_alloc':
      return (
        `${pfn} order=${event.order} migratetype=${event.migratetype} ` +
        `gfp_flags=${formatGfp(event.gfp_flags, 'none')}`
      );
    case 'mm_page_free':
    case 'mm_page_free_batched':
      return `${pfn} order=${event.order}`;
    case 'mm_page_alloc_zone_locked':
      return (
        `${pfn} order=${event.order} migratetype=${event.migratetype} ` +
        `percpu_refill=${event.percpu_refill}`
      );
    case 'mm_page_pcpu_drain':
      return `${pfn} order=${event.order} migratetype=${event.migratetype}`;
    case 'mm_page_alloc_extfrag':
      return (
        `${pfn} alloc_order=${event.alloc_order} fallback_order=${event.fallback_order} ` +
        `alloc_migratetype=${event.alloc_migratetype} ` +
        `fallback_migratetype=${event.fallback_migratetype} ` +
        `fragmenting=${event.fragmenting} change_ownership=${event.change_ownership}`
      );
  }
}

export function tracepointStep(event: Tracepoint): DecisionStep {
  const order = event.name === 'mm_page_alloc_extfrag' ? event.fallback_order : event.order;
  return {
    kind: 'note',
    title: `Tracepoint kmem:${event.name}`,
    detail: tracepointText(event),
    kernel: kTracepointKernel[event.name],
    numbers: [{label: 'pages', value: pagesIn(order)}],
    ...(event.pfn === kNoPfn ? {} : {pfn: event.pfn, order}),
  };
}
