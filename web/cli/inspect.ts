/** `buddyinfo FILE` and `explain FILE`: one step of a recording as text. */
import type {DecisionStep} from '../src/engine/explain.ts';
import type {StepInfo} from '../src/engine/model.ts';
import type {Session} from '../src/engine/session.ts';
import {fileErrorOf, fileErrorText, openFile} from './files.ts';
import {bad, dim, good, kExitMatch, kExitUsage, type Output} from './output.ts';
import type {SessionMaker} from './verify.ts';

const kShownPfns = 8;

function resultText(step: StepInfo): string {
  if (step.pfnCount === 0) return 'NULL';
  const first = step.pfns.slice(0, kShownPfns);
  const shown = first.map((pfn) => `0x${pfn.toString(16)}`).join(' ');
  return step.pfnCount > first.length ? `${shown} … (${step.pfnCount})` : shown;
}

function comparison(step: StepInfo, output: Output): string {
  if (step.matches === null) return '';
  return step.matches
    ? good(' as the real kernel', output)
    : bad(' NOT as the real kernel', output);
}

/** A path as an indented list; with `all`, groups have their members one level deeper. */
function pathLines(
  path: readonly DecisionStep[],
  all: boolean,
  output: Output,
  depth = 0,
): string[] {
  return path.flatMap((step, index) => {
    const indent = '  '.repeat(depth);
    const number = depth === 0 ? `${String(index + 1).padStart(3)}. ` : '   - ';
    const title = step.kind === 'fail' ? bad(step.title, output) : step.title;
    return [
      `${indent}${number}${title}`,
      `${indent}     ${step.detail}  ${dim(`[${step.kernel}]`, output)}`,
      ...(all ? pathLines(step.children ?? [], all, output, depth + 1) : []),
    ];
  });
}

/** The step as `explain` prints it: call, result, sentence, path (its groups opened by `all`). */
export function explainText(session: Session, output: Output, all: boolean): string {
  const explanation = session.explain();
  if (!explanation) return 'step 0: the boot state; nothing has been called yet\n';
  const step = session.stepInfo(session.step);
  const line = step.line > 0 ? `, line ${step.line}` : '';
  return [
    `step ${step.step} of ${session.length}${line}: ${step.call} = ${resultText(step)}` +
      comparison(step, output),
    explanation.sentence,
    '',
    ...pathLines(explanation.path, all, output),
    '',
  ].join('\n');
}

/** The text of /proc/buddyinfo, byte for byte. */
export function buddyinfoText(session: Session): string {
  return session.procfs('/proc/buddyinfo');
}

/**
 * Opens a recording, goes to a step and prints what `text` makes of it.
 *
 * @param step null: the last one.
 * @return 0, or 2 when the file cannot be read or has no such step.
 */
export async function inspect(
  file: string,
  step: number | null,
  text: (session: Session, output: Output) => string,
  makeSession: SessionMaker,
  output: Output,
): Promise<number> {
  const session = await makeSession();
  try {
    await openFile(session, file);
    session.seek(step ?? session.length);
    output.out(text(session, output));
    return kExitMatch;
  } catch (error) {
    output.err(`${bad(fileErrorText(file, fileErrorOf(error)), output)}\n`);
    return kExitUsage;
  } finally {
    session.dispose();
  }
}
