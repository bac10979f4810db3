/**
 * What one call did and why, in words: from its decision events alone, so that a view never has
 * to ask the engine what an event already said.
 */

import {isAreaCall} from './area_calls.ts';
import {inOldTerms} from './explain_2_6_18.ts';
import {allocSentence} from './explain_alloc.ts';
import {zoneChecks} from './explain_check.ts';
import {dmaSentence, isDmaCall} from './explain_dma.ts';
import {objectSentence} from './explain_family.ts';
import {drainSentence, freeSentence} from './explain_free.ts';
import {ownerSentence} from './explain_owner.ts';
import {decisionPath} from './explain_path.ts';
import type {Explanation} from './explain_types.ts';
import {vmallocSentence} from './explain_vmalloc.ts';
import {type ExplainView, Words} from './explain_words.ts';
import type {StepInfo} from './model.ts';
import {isSlabCall} from './slab_calls.ts';
import type {TraceEvent} from './trace_events.gen.ts';

export type {
  DecisionNumber,
  DecisionStep,
  Explanation,
  StepKind,
  ZoneCheck,
} from './explain_types.ts';
export type {ExplainView} from './explain_words.ts';

/** What explain() reads of a step. */
export type ExplainStep = Pick<StepInfo, 'call' | 'op' | 'order' | 'pfns' | 'pfnCount'> &
  Partial<Pick<StepInfo, 'bytes'>>;

function sentenceOf(events: readonly TraceEvent[], step: ExplainStep, words: Words): string {
  if (isSlabCall(step.op)) return objectSentence(events, step);
  if (isDmaCall(step.op)) {
    return dmaSentence(events, step) ?? freeSentence(events, step, words);
  }
  if (isAreaCall(step.op)) return vmallocSentence(events, step);
  switch (step.op) {
    case 'drain_local_pages':
      return drainSentence(events, words);
    case '__free_pages':
    case 'free_pages':
    case 'free_pages_exact':
    case 'put_page':
      return freeSentence(events, step, words);
    case 'get_page':
    case 'split_page':
    case 'memset':
      return ownerSentence(events, step);
    default:
      return allocSentence(events, step, words);
  }
}

/**
 * Explains one step of the timeline.
 *
 * @param events all events of the step, in order.
 * @param step the command and its results.
 * @param view names of zones and migratetypes; any step's view will do.
 */
export function explain(
  events: readonly TraceEvent[],
  step: ExplainStep,
  view: ExplainView,
): Explanation {
  const words = new Words(view);
  const told = {
    sentence: sentenceOf(events, step, words),
    path: decisionPath(events, words),
    checks: zoneChecks(events),
  };
  return words.grouped ? told : inOldTerms(told);
}
