/** `buddyinfo FILE` and `explain FILE`: one step of a recording as text. */
import type {DecisionStep} from '../src/engine/explain.ts';
import type {StepInfo} from '../src/engine/model.ts';
import type {Session} from '../src/engine/session.ts';
import {fileErrorOf, fileErrorText, openFile} from './files.ts';
import {bad, dim, good, kExitMatch, kExitUsage, type Output} from './output.ts';
import type {SessionMaker} from './verify.ts';

function resultText(step: StepInfo): string {
  if (step.pfnCount === 0) return 'NULL';
  const shown = step.pfns.map((pfn) => `0x${pfn.toString(16)}`).join(' ');
  return step.pfnCount > step.pfns.length ? `${shown} … (${step.pfnCount})` : shown;
}

function comparison(step: StepInfo, output: Output): string {
  if (step.matches === null) return '';
  return step.matches
    ? good(' as the real kernel', output)
    : bad(' NOT as the real kernel', output);
}

/** A path as an indented list; groups keep their children one level deeper. */
function pathLines(path: readonly DecisionStep[], depth: number, output: Output): string[] {
  return path.flatMap((step, index) => {
    const indent = '  '.repeat(depth);
    const number = depth === 0 ? `${String(index + 1).padStart(3)}. ` : '   - ';
    const title = step.kind === 'fail' ? bad(step.title, output) : step.title;
    return [
      `${indent}${number}${title}`,
      `${indent}     ${step.detail}  ${dim(`[${step.kernel}]`, output)}`,
      ...pathLines(step.children ?? [], depth + 1, output),
    ];
  });
}

/** The step as `explain` prints it: call, result, sentence, path. */
export function explainText(session: Session, output: Output): string {
  const explanation = session.explain();
  if (!explanation) return 'step 0: the boot state; nothing has been called yet\n';
  const step = session.stepInfo(session.step);
  const line = step.line > 0 ? `, line ${step.line}` : '';
  return [
    `step ${step.step} of ${session.length}${line}: ${step.call} = ${resultText(step)}` +
      comparison(step, output),
    explanation.sentence,
    '',
    ...pathLines(explanation.path, 0, output),
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
