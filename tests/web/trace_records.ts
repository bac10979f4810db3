/** Hand-made records of the event ring, for tests: the reverse of decodeEvents(). */
import {decodeEvents} from '../../web/src/engine/events.ts';
import {
  type EventField,
  kEventWords,
  kTraceEvents,
  type TraceEvent,
} from '../../web/src/engine/trace_events.gen.ts';

type Values = Readonly<Record<string, number | string>>;
interface Header {
  readonly cpu?: number;
  readonly zone?: number | null;
  readonly step?: number;
}

function wordOf(field: EventField, values: Values, event: string): number {
  const value = values[field.name];
  if (value === undefined) throw new Error(`${event}: ${field.name} is missing`);
  if (typeof value === 'number') return value >>> 0;
  const found = Object.entries(field.names ?? {}).find(([, name]) => name === value);
  if (!found) throw new Error(`${event}: ${field.name} has no value ${value}`);
  return Number(found[0]);
}

/** The eight words of one record. Every field must be given. */
export function record(name: TraceEvent['name'], values: Values, header: Header = {}): number[] {
  const definition = Object.values(kTraceEvents).find((event) => event.name === name)!;
  const {cpu = 0, zone = 0, step = 1} = header;
  const aux = definition.aux ? wordOf(definition.aux, values, name) : 0;
  const words: number[] = new Array(kEventWords).fill(0);
  words[0] = (definition.id | (cpu << 8) | ((zone ?? 0xff) << 16) | (aux << 24)) >>> 0;
  words[1] = step;
  for (const [index, field] of definition.fields.entries()) {
    if (field) words[index + 2] = wordOf(field, values, name);
  }
  return words;
}

/** Records as the engine hands them over, decoded. */
export function traced(...records: readonly number[][]): TraceEvent[] {
  return decodeEvents(Uint32Array.from(records.flat()));
}
