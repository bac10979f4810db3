/** DMA memory in words: the sentence about a call, and the steps of its path. */
import {find, type Line, stepOf} from './explain_object_words.ts';
import type {DecisionStep} from './explain_types.ts';
import {count, hex, wide} from './explain_words.ts';
import type {StepInfo} from './model.ts';
import type {
  BadDmaFree,
  DmaFailure,
  DmaMaskAnswer,
  DmaPoolFailure,
  DmaZone,
  TraceEvent,
} from './trace_events.gen.ts';

/** Events of DMA. */
type DmaEvent = Extract<TraceEvent, {name: `dma_${string}` | 'bad_dma_free'}>;

export function isDma(event: TraceEvent): event is DmaEvent {
  return /^(dma_|bad_dma_free$)/.test(event.name);
}

/** Whether a call, by its name, is about DMA memory. */
export function isDmaCall(op: string): boolean {
  return op.startsWith('dma_');
}

const kZones: Readonly<Record<DmaZone, string>> = {
  none: 'any zone',
  dma32: 'zone DMA32 and below',
  dma: 'zone DMA',
};

const kAnswers: Readonly<Record<DmaMaskAnswer, string>> = {
  refused: 'refused with -EIO: the device could not even reach all of zone DMA, so both masks stay',
  wide: 'taken: with 32 bits or more there is always memory that it reaches',
  narrow: 'taken: it reaches at least zone DMA',
};

const kFailures: Readonly<Record<DmaFailure, string>> = {
  no_pages: 'the page allocator has no such block there, and then no lower zone is tried',
  out_of_mask: 'even the block from zone DMA lies above the mask',
};

const kNoPool: Readonly<Record<DmaPoolFailure, string>> = {
  made: '',
  bad_align: 'the alignment is no power of two',
  bad_size: 'no block can have that size',
  bad_boundary: 'the boundary is no power of two, or smaller than a block',
  no_memory: 'there is no memory for its descriptor',
};

const kBadFrees: Readonly<Record<BadDmaFree, string>> = {
  not_in_pool: 'no page of the pool holds it: the kernel warns "bad vaddr"',
  not_a_block: 'no block of the pool starts there; the kernel would break its list',
  free_already: 'the block is free already; the kernel would break its list',
  page_gone: 'somebody else has freed the page of the pool',
};

type Named<Name extends DmaEvent['name']> = Extract<DmaEvent, {name: Name}>;

const place = (event: Named<'dma_pool_take' | 'dma_pool_put'>): string =>
  `block ${hex(event.pfn)} + ${event.offset} of pool ${event.pool}`;

function poolSentence(events: readonly TraceEvent[]): string | undefined {
  const made = find(events, 'dma_pool_create');
  if (made && made.reason !== 'made') return `No pool was made: ${kNoPool[made.reason]}.`;
  if (made) {
    return (
      `Pool ${made.pool} hands out blocks of ${made.size} bytes, ` +
      `${made.blocks} from each piece of ${made.allocation}.`
    );
  }
  const taken = find(events, 'dma_pool_take');
  const grown = find(events, 'dma_pool_page') ? ', from a page that the pool took for it' : '';
  if (taken) return `Took ${place(taken)}${grown}.`;
  const put = find(events, 'dma_pool_put');
  if (put) return `Gave back ${place(put)}: the next to be taken from that page.`;
  const gone = find(events, 'dma_pool_destroy');
  if (!gone) return undefined;
  const lost = gone.lost > 0 ? `; ${count(gone.lost, 'page')} with blocks in use are lost` : '';
  return `Pool ${gone.pool} is gone with ${count(gone.pages, 'page')}${lost}.`;
}

/** One sentence about a call; undefined for what a free of pages is told like. */
export function dmaSentence(
  events: readonly TraceEvent[],
  step: Pick<StepInfo, 'call'>,
): string | undefined {
  const bad = find(events, 'bad_dma_free');
  if (bad && bad.reason !== 'page_gone') {
    return `${step.call}: ${kBadFrees[bad.reason]}; nothing is freed.`;
  }
  const mask = find(events, 'dma_mask');
  if (mask) return `Mask ${hex(wide(mask.mask, mask.mask_high))} was ${kAnswers[mask.answer]}.`;
  const pool = poolSentence(events);
  if (pool !== undefined) return pool;
  const failed = find(events, 'dma_failed');
  if (failed) return `${step.call} gave NULL: ${kFailures[failed.reason]}.`;
  const given = find(events, 'dma_coherent');
  if (!given) return undefined;
  const retries = events.filter((event) => event.name === 'dma_too_high').length;
  const again = retries > 0 ? `, after ${count(retries, 'block')} above its mask` : '';
  const handle = hex(wide(given.handle, given.handle_high));
  return `The device finds its ${count(given.bytes, 'byte')} at ${handle}${again}.`;
}

function blockLine(event: Named<'dma_pool_take' | 'dma_pool_put'>): Line {
  const left = `${event.in_use} in use, ${event.free_blocks} free in its page`;
  return event.name === 'dma_pool_take'
    ? ['take', 'Block', `${place(event)}: ${left}`, 'dma_pool_alloc(), mm/dmapool.c']
    : ['put', 'Block', `${place(event)}: ${left}`, 'dma_pool_free(), mm/dmapool.c'];
}

function pagesLine(
  event: Named<'dma_mask' | 'dma_zone' | 'dma_too_high' | 'dma_coherent' | 'dma_failed'>,
): Line {
  const direct = 'kernel/dma/direct.c';
  switch (event.name) {
    case 'dma_mask': {
      const kind = event.answer === 'refused' ? 'fail' : 'check';
      const detail = `${hex(wide(event.mask, event.mask_high))} ${kAnswers[event.answer]}`;
      return [kind, 'Mask', detail, `dma_direct_supported(), ${direct}`];
    }
    case 'dma_zone': {
      const mask = hex(wide(event.mask, event.mask_high));
      const detail = `mask ${mask}: from ${kZones[event.zone_bit]}`;
      return ['check', 'Zone by mask', detail, `dma_direct_alloc(), ${direct}`];
    }
    case 'dma_too_high': {
      const detail =
        `the last byte ${hex(wide(event.last, event.last_high))} is above mask ` +
        `${hex(wide(event.mask, event.mask_high))}: given back; next ${kZones[event.zone_bit]}`;
      return ['fail', 'Too high', detail, `dma_coherent_ok(), ${direct}`];
    }
    case 'dma_coherent': {
      const handle = hex(wide(event.handle, event.handle_high));
      return ['note', 'Handle', `${handle}, the physical address`, `dma_direct_alloc(), ${direct}`];
    }
    default:
      return ['fail', 'NULL', kFailures[event.reason], `dma_direct_alloc(), ${direct}`];
  }
}

function lineOf(event: DmaEvent): Line {
  const file = 'mm/dmapool.c';
  switch (event.name) {
    case 'dma_pool_create': {
      const kind = event.reason === 'made' ? 'note' : 'fail';
      const shape = `blocks of ${event.size} bytes within ${event.boundary}`;
      return [kind, 'Pool', kNoPool[event.reason] || shape, `dma_pool_create(), ${file}`];
    }
    case 'dma_pool_page': {
      const detail =
        `no page had a block left: ${hex(event.pfn)} with ${count(event.blocks, 'block')} ` +
        `comes first in the list of ${event.pages}`;
      return ['take', 'New page of the pool', detail, `pool_alloc_page(), ${file}`];
    }
    case 'dma_pool_take':
    case 'dma_pool_put':
      return blockLine(event);
    case 'dma_pool_destroy': {
      const detail = `${count(event.pages, 'page')}, ${event.lost} of them lost`;
      return ['put', 'End of the pool', detail, `dma_pool_destroy(), ${file}`];
    }
    case 'bad_dma_free':
      return ['fail', 'Not freed', kBadFrees[event.reason], `dma_pool_free(), ${file}`];
    default:
      return pagesLine(event);
  }
}

/** One decision in words. */
export function dmaStep(event: DmaEvent): DecisionStep {
  return stepOf(event, lineOf(event));
}
