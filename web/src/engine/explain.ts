/**
 * What one call did and why, in words: from its decision events alone, so that a view never has
 * to ask the engine what an event already said.
 */
import {allocSentence} from './explain_alloc.ts';
import {drainSentence, freeSentence} from './explain_free.ts';
import {decisionPath} from './explain_path.ts';
import type {Explanation} from './explain_types.ts';
import {type ExplainView, Words} from './explain_words.ts';
import type {StepInfo} from './model.ts';
import type {TraceEvent} from './trace_events.gen.ts';

export type {DecisionNumber, DecisionStep, Explanation, StepKind} from './explain_types.ts';
export type {ExplainView} from './explain_words.ts';

/** What explain() reads of a step. */
export type ExplainStep = Pick<StepInfo, 'call' | 'op' | 'order' | 'pfns' | 'pfnCount'>;

function sentenceOf(events: readonly TraceEvent[], step: ExplainStep, words: Words): string {
  if (/drain/.test(step.op)) return drainSentence(events, words);
  if (/free|put_page/.test(step.op) && !/get_free/.test(step.op)) {
    return freeSentence(events, step, words);
  }
  if (/alloc|get_/.test(step.op)) return allocSentence(events, step, words);
  return `${step.call}: no page changed hands.`;
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
  return {sentence: sentenceOf(events, step, words), path: decisionPath(events, words)};
}
