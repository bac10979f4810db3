/**
 * Says an explanation in the terms of 2.6.18: the decisions are of the same kinds, but blocks have
 * no type and some functions had other names.
 */
import type {DecisionStep, Explanation} from './explain_types.ts';

/** Functions of 6.1 in the paths, and which one of 2.6.18 did the same. */
const kOldFunctions: Readonly<Record<string, string>> = {
  'zone_watermark_fast()': 'zone_watermark_ok()',
  '__alloc_pages_slowpath()': '__alloc_pages()',
  '__rmqueue_smallest()': '__rmqueue()',
  '__rmqueue_pcplist()': 'buffered_rmqueue()',
  'free_unref_page_commit()': 'free_hot_cold_page()',
  'free_pcppages_bulk()': 'free_pages_bulk()',
};

/** The one "type" that a machine without migratetypes shows says nothing in a sentence. */
function untyped(text: string): string {
  return text.replaceAll('Any ', '');
}

function inOldFunction(kernel: string): string {
  const [name = ''] = kernel.split(',');
  return kernel.replace(name, kOldFunctions[name] ?? name);
}

function stepInOldTerms(step: DecisionStep): DecisionStep {
  return {
    ...step,
    title: untyped(step.title),
    detail: untyped(step.detail),
    kernel: inOldFunction(step.kernel),
    ...(step.children ? {children: step.children.map(stepInOldTerms)} : {}),
  };
}

export function inOldTerms({sentence, path, checks}: Explanation): Explanation {
  return {sentence: untyped(sentence), path: path.map(stepInOldTerms), checks};
}
