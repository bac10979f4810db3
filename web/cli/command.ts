/** The command line: which command, with which options. */
import {parseArgs} from 'node:util';
import type {Session} from '../src/engine/session.ts';
import {buddyinfoText, explainText, inspect} from './inspect.ts';
import {kExitMatch, kExitUsage, type Output} from './output.ts';
import {type SessionMaker, verify} from './verify.ts';

export const kHelp = `kmem-playground: the Linux page allocator, replayed page frame by page frame

Usage:
  kmem-playground verify FILE… [--json] [--quiet]
      Replay recordings of a real kernel and compare every result and every dumped state.
      --json   one JSON document instead of lines
      --quiet  print only what does not match
  kmem-playground buddyinfo FILE [--step N]
      Print /proc/buddyinfo as it is after N calls of the recording (default: after all).
  kmem-playground explain FILE --step N [--all]
      Say in one sentence what call N did and why, then every decision on its way.
      --all    open the groups of alike decisions, too
  kmem-playground --help | --version

FILE is a recording: JSON Lines packed with gzip, or plain when the name ends in .jsonl.

Exit code: 0 everything matches, 1 something differs, 2 wrong usage or a file that cannot be read.
`;

/** A mistake on the command line. */
class UsageError extends Error {}

function stepOption(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^[0-9]{1,9}$/.test(text)) {
    throw new UsageError(`--step ${text}: a whole number from 0 is accepted`);
  }
  return Number(text);
}

function oneFile(command: string, files: readonly string[]): string {
  const [file] = files;
  if (file === undefined || files.length > 1) {
    throw new UsageError(`${command}: one FILE is accepted, ${files.length} given`);
  }
  return file;
}

const kOptions = {
  help: {type: 'boolean', short: 'h'},
  version: {type: 'boolean', short: 'V'},
  all: {type: 'boolean'},
  json: {type: 'boolean'},
  quiet: {type: 'boolean', short: 'q'},
  step: {type: 'string'},
} as const;

/** Options of each command; any other is a mistake that must not pass unnoticed. */
const kAccepted: Readonly<Record<string, readonly string[]>> = {
  verify: ['json', 'quiet'],
  buddyinfo: ['step'],
  explain: ['step', 'all'],
};

interface Parsed {
  readonly command: string | undefined;
  readonly files: readonly string[];
  readonly values: {
    readonly help?: boolean;
    readonly version?: boolean;
    readonly all?: boolean;
    readonly json?: boolean;
    readonly quiet?: boolean;
    readonly step?: string;
  };
}

function parse(args: readonly string[]): Parsed {
  try {
    const {values, positionals} = parseArgs({
      args: [...args],
      options: kOptions,
      allowPositionals: true,
    });
    const [command, ...files] = positionals;
    return {command, files, values};
  } catch (error) {
    // parseArgs says what it did not know, e.g. "Unknown option '--foo'".
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function checkOptions({command, values}: Parsed): void {
  const accepted = kAccepted[command ?? ''];
  if (!accepted) {
    const known = Object.keys(kAccepted).join(', ');
    const said = command === undefined ? 'a command is missing' : `unknown command "${command}"`;
    throw new UsageError(`${said}; accepted are ${known}`);
  }
  for (const name of Object.keys(values)) {
    if (!accepted.includes(name)) throw new UsageError(`${command} has no option --${name}`);
  }
}

async function dispatch(
  parsed: Parsed,
  makeSession: SessionMaker,
  output: Output,
): Promise<number> {
  checkOptions(parsed);
  const {files, values} = parsed;
  if (parsed.command === 'verify') {
    if (files.length === 0) throw new UsageError('verify: at least one FILE is needed');
    const {json = false, quiet = false} = values;
    return verify(files, {json, quiet}, makeSession, output);
  }
  const file = oneFile(parsed.command ?? '', files);
  const step = stepOption(values.step);
  if (parsed.command === 'buddyinfo') {
    return inspect(file, step, buddyinfoText, makeSession, output);
  }
  if (step === null) throw new UsageError('explain: --step N is needed');
  const {all = false} = values;
  const text = (session: Session, to: Output) => explainText(session, to, all);
  return inspect(file, step, text, makeSession, output);
}

/**
 * Runs the command.
 *
 * @param args without the names of node and of the script.
 * @return the exit code.
 */
export async function runCommand(
  args: readonly string[],
  makeSession: SessionMaker,
  version: string,
  output: Output,
): Promise<number> {
  try {
    const parsed = parse(args);
    if (parsed.values.help) {
      output.out(kHelp);
      return kExitMatch;
    }
    if (parsed.values.version) {
      output.out(`${version}\n`);
      return kExitMatch;
    }
    return await dispatch(parsed, makeSession, output);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    output.err(`kmem-playground: ${error.message}\nTry kmem-playground --help.\n`);
    return kExitUsage;
  }
}
