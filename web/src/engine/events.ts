/** From the words of the event ring to typed events. */
import {EventFormatError} from './errors.ts';
import {
  type EventDefinition,
  type EventField,
  kEventWords,
  kTraceEvents,
  type TraceEvent,
} from './trace_events.gen.ts';

/** Zone byte of an event that concerns no zone. */
const kNoZone = 0xff;

function fieldValue(field: EventField, word: number, event: string): number | string {
  if (!field.names) return field.signed ? word | 0 : word;
  const name = field.names[word];
  if (name === undefined) {
    throw new EventFormatError(
      'EventFormat',
      `event ${event} has ${field.name} ${word}; this version knows ${Object.keys(field.names)}`,
    );
  }
  return name;
}

function decodeOne(words: Uint32Array, start: number, definition: EventDefinition): TraceEvent {
  const head = words[start]!;
  const zone = (head >>> 16) & 0xff;
  const event: Record<string, unknown> = {
    name: definition.name,
    cpu: (head >>> 8) & 0xff,
    zone: zone === kNoZone ? null : zone,
    step: words[start + 1]!,
  };
  const {aux, fields} = definition;
  if (aux) event[aux.name] = fieldValue(aux, head >>> 24, definition.name);
  for (const [index, field] of fields.entries()) {
    if (field) event[field.name] = fieldValue(field, words[start + 2 + index]!, definition.name);
  }
  // The table that drives this loop and the union type are generated from the same line.
  return event as unknown as TraceEvent;
}

/**
 * Decodes records of the event ring, oldest first.
 *
 * A record is 8 words: word 0 = id | cpu << 8 | zone << 16 | aux << 24, word 1 = step, words 2..7 =
 * the fields. A pfn of {@link kNoPfn} means "no page".
 *
 * @param words what NativeSession.events() returned; not kept.
 * @throws {EventFormatError} when an id is unknown or a record is cut: engine and face differ.
 */
export function decodeEvents(words: Uint32Array): TraceEvent[] {
  if (words.length % kEventWords !== 0) {
    throw new EventFormatError(
      'EventFormat',
      `${words.length} words are not whole records of ${kEventWords}`,
    );
  }
  const events: TraceEvent[] = [];
  for (let start = 0; start < words.length; start += kEventWords) {
    const id = words[start]! & 0xff;
    const definition = kTraceEvents[id];
    if (!definition) {
      const index = start / kEventWords;
      throw new EventFormatError('EventFormat', `record ${index} has the unknown event id ${id}`);
    }
    events.push(decodeOne(words, start, definition));
  }
  return events;
}
