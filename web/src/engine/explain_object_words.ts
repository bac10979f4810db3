/** Words that SLUB and SLAB have in common, and how their events become steps. */
import type {DecisionStep} from './explain_types.ts';
import {hex} from './explain_words.ts';
import {kNoPfn, type TraceEvent} from './trace_events.gen.ts';

/** "slab 0x100aa0" */
export function slab(pfn: number): string {
  return `slab ${hex(pfn)}`;
}

/** "object 0x100aa0 + 64" */
export function object(pfn: number, offset: number): string {
  return `object ${hex(pfn)} + ${offset}`;
}

/** Kind, title, detail and kernel function of a step. */
export type Line = readonly [DecisionStep['kind'], string, string, string];

const kNothing: Line = ['note', '', '', ''];

/** The step of an event that `line` puts into words. */
export function stepOf(event: TraceEvent, line: Line = kNothing): DecisionStep {
  const [kind, title, detail, kernel] = line;
  const pfn = 'pfn' in event && event.pfn !== kNoPfn ? event.pfn : undefined;
  return pfn === undefined ? {kind, title, detail, kernel} : {kind, title, detail, kernel, pfn};
}

type Named<Name extends TraceEvent['name']> = Extract<TraceEvent, {name: Name}>;

/** The first event of that name. */
export function find<Name extends TraceEvent['name']>(
  events: readonly TraceEvent[],
  name: Name,
): Named<Name> | undefined {
  return events.find((event): event is Named<Name> => event.name === name);
}
