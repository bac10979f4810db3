/** The sentence about a call by which the owner of pages does something with them. */
import {badPageSentence} from './explain_free.ts';
import {count, pagesIn, theBlock} from './explain_words.ts';
import type {StepInfo} from './model.ts';
import type {TraceEvent} from './trace_events.gen.ts';

/** One sentence about get_page(), split_page() or memset(). */
export function ownerSentence(
  events: readonly TraceEvent[],
  info: Pick<StepInfo, 'call' | 'op' | 'order' | 'pfns'>,
): string {
  const bad = events.find((event) => event.name === 'bad_page');
  if (bad) return badPageSentence(bad, 'touched');
  const [pfn] = info.pfns;
  const it = pfn === undefined ? 'the block' : theBlock(info.order, pfn);
  switch (info.op) {
    case 'get_page':
      return (
        `Took one more reference to ${it}: from now on one put_page() or free only drops a ` +
        'reference, and the pages go back with the last one.'
      );
    case 'split_page':
      return (
        `Made ${count(pagesIn(info.order), 'single page')} of ${it}, each with a reference of ` +
        'its own, so that each can be freed by itself.'
      );
    default:
      return `${info.call} wrote to the bytes of the page; no page changed hands.`;
  }
}
