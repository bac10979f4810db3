/** `verify FILE…`: replays recordings and compares everything with what the real kernel did. */
import type {VerifyReport} from '../src/engine/model.ts';
import type {Session} from '../src/engine/session.ts';
import {type FileError, fileErrorOf, fileErrorText, openFile} from './files.ts';
import {bad, dim, good, kExitDiffers, kExitMatch, kExitUsage, type Output} from './output.ts';

/** Result of one file: a report, or why there is none. */
type FileResult =
  | {readonly file: string; readonly ok: boolean; readonly report: VerifyReport}
  | {readonly file: string; readonly ok: false; readonly error: FileError};

/** Makes one session per file, so that a failure in one cannot reach the next. */
export type SessionMaker = () => Promise<Session>;

export interface VerifyOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

async function verifyFile(file: string, makeSession: SessionMaker): Promise<FileResult> {
  const session = await makeSession();
  try {
    await openFile(session, file);
    const report = session.verifyRecording();
    const ok = report.matched === report.operations && report.dumpsMatched === report.dumps;
    return {file, ok: ok && report.first === null, report};
  } catch (error) {
    return {file, ok: false, error: fileErrorOf(error)};
  } finally {
    session.dispose();
  }
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n');
}

function firstDifference(report: VerifyReport): string {
  const {first} = report;
  if (!first) return '';
  const what = first.kind === 'call' ? `call ${first.call}` : `dump ${first.what}`;
  const detail = first.kind === 'call' && first.what !== '' ? ` (${first.what})` : '';
  return [
    `  first difference, line ${first.line}: ${what}${detail}`,
    '    ours:',
    indented(first.ours),
    '    kernel:',
    indented(first.kernel),
  ].join('\n');
}

/** What was taken from the recording in place of being compared with it; '' for nothing. */
function learntText({slabs, starts}: VerifyReport['learnt']): string {
  const all = [
    ...(slabs > 0 ? [`${slabs} slab ${slabs === 1 ? 'state' : 'states'}`] : []),
    ...(starts > 0 ? [`${starts} random ${starts === 1 ? 'start' : 'starts'} of slabs`] : []),
  ];
  return all.length === 0 ? '' : ` (learnt from the recording: ${all.join(', ')})`;
}

/** Two lines at most for a file that matches, the first difference for one that does not. */
function fileText(result: FileResult, output: Output): string {
  if ('error' in result) return bad(fileErrorText(result.file, result.error), output);
  const {operations, matched, dumps, dumpsMatched} = result.report;
  const counts =
    `${matched}/${operations} operations, ${dumpsMatched}/${dumps} dumps` +
    learntText(result.report.learnt);
  const verdict = result.ok ? good('match', output) : bad('DIFFERS', output);
  const line = `${verdict}  ${result.file}  ${counts}`;
  return result.ok ? line : `${line}\n${firstDifference(result.report)}`;
}

/** Totals over all files. */
interface VerifySummary {
  readonly files: number;
  readonly matching: number;
  readonly differing: number;
  readonly unreadable: number;
  readonly operations: number;
  readonly matched: number;
  readonly dumps: number;
  readonly dumpsMatched: number;
  readonly learntSlabs: number;
  readonly learntStarts: number;
}

function summarise(results: readonly FileResult[]): VerifySummary {
  const reports = results.flatMap((result) => ('report' in result ? [result.report] : []));
  const sum = (pick: (report: VerifyReport) => number) =>
    reports.reduce((total, report) => total + pick(report), 0);
  const matching = results.filter((result) => result.ok).length;
  return {
    files: results.length,
    matching,
    differing: reports.length - matching,
    unreadable: results.length - reports.length,
    operations: sum((report) => report.operations),
    matched: sum((report) => report.matched),
    dumps: sum((report) => report.dumps),
    dumpsMatched: sum((report) => report.dumpsMatched),
    learntSlabs: sum((report) => report.learnt.slabs),
    learntStarts: sum((report) => report.learnt.starts),
  };
}

function summaryText(summary: VerifySummary): string {
  const extra = [
    ...(summary.differing > 0 ? [`${summary.differing} differ`] : []),
    ...(summary.unreadable > 0 ? [`${summary.unreadable} cannot be read`] : []),
  ];
  const files = [`${summary.matching}/${summary.files} files match`, ...extra].join(', ');
  return (
    `${files}; ${summary.matched}/${summary.operations} operations, ` +
    `${summary.dumpsMatched}/${summary.dumps} dumps`
  );
}

function exitCode(summary: VerifySummary): number {
  if (summary.unreadable > 0) return kExitUsage;
  return summary.differing > 0 ? kExitDiffers : kExitMatch;
}

/**
 * Replays every file. A bad one is reported and does not stop the others.
 *
 * @return 0 when all match, 1 when any differs, 2 when any cannot be read.
 */
export async function verify(
  files: readonly string[],
  options: VerifyOptions,
  makeSession: SessionMaker,
  output: Output,
): Promise<number> {
  const results: FileResult[] = [];
  for (const file of files) {
    const result = await verifyFile(file, makeSession);
    results.push(result);
    const text = `${fileText(result, output)}\n`;
    if ('error' in result) output.err(text);
    else if (!options.json && !(options.quiet && result.ok)) output.out(text);
  }
  const summary = summarise(results);
  if (options.json) {
    output.out(`${JSON.stringify({files: results, summary}, null, 2)}\n`);
  } else if (!options.quiet || summary.matching < summary.files) {
    output.out(`${dim(summaryText(summary), output)}\n`);
  }
  return exitCode(summary);
}
