// Goal: the command prints what it promises, says which file is bad and where, and exits as said.
// Method: the command run in this process with a stand-in machine; every byte of both streams.
import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeEach, describe, expect, test} from 'vitest';
import {kHelp, runCommand} from '../../web/cli/command.ts';
import type {Output} from '../../web/cli/output.ts';
import {RecordingFormatError, StepOutOfRangeError} from '../../web/src/engine/errors.ts';
import {explain} from '../../web/src/engine/explain.ts';
import {unpackRecording} from '../../web/src/engine/gunzip.ts';
import type {StepInfo, VerifyReport} from '../../web/src/engine/model.ts';
import type {Session} from '../../web/src/engine/session.ts';
import {allocStep, kView, pcpTake} from './explain_cases.ts';
import {traced} from './trace_records.ts';

const kGood: VerifyReport = {
  operations: 4000,
  matched: 4000,
  dumps: 3,
  dumpsMatched: 3,
  learnt: {slabs: 0, starts: 0},
  first: null,
};
const kBad: VerifyReport = {
  operations: 10,
  matched: 9,
  dumps: 2,
  dumpsMatched: 1,
  learnt: {slabs: 7, starts: 1},
  first: {
    kind: 'call',
    line: 12,
    call: 'alloc_pages(GFP_KERNEL, 0)',
    what: 'pfn',
    ours: '0x100aa0',
    kernel: '0x100aa1\nfree order 0: 0x100aa0',
  },
};

let made = 0;
let disposed = 0;

/** A machine whose recordings are words: "good", "bad", anything else is refused. */
class StandIn {
  step = 0;
  length = 10;
  #text = '';
  async openRecording(file: Uint8Array, name: string) {
    this.#text = new TextDecoder().decode(await unpackRecording(file, name)).trim();
    if (this.#text === 'good' || this.#text === 'bad') return;
    throw new RecordingFormatError('RecordingFormat', 'unknown op "Z"', {
      line: 3,
      column: 7,
      byte: 120,
    });
  }
  verifyRecording() {
    return this.#text === 'good' ? kGood : kBad;
  }
  seek(step: number) {
    if (step > this.length) {
      throw new StepOutOfRangeError('StepOutOfRange', `step ${step}: 0..10 are accepted`);
    }
    this.step = step;
  }
  stepInfo(): Partial<StepInfo> {
    const matches = this.#text === 'good';
    return {...allocStep(0x100aa0), step: this.step, line: 4, matches, recordedPfns: []};
  }
  explain() {
    if (this.step === 0) return null;
    const pages = this.step === 7 ? [0, 1, 2, 3] : [0];
    const events = traced(...pages.map((page) => pcpTake(0x100aa0 + page)));
    return explain(events, allocStep(0x100aa0), kView);
  }
  procfs(path: string) {
    return `${path} after ${this.step}\n`;
  }
  dispose() {
    disposed += 1;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'kmem-cli-'));
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const kGoodFile = file('good.jsonl', 'good\n');
const kBadFile = file('bad.jsonl', 'bad\n');
const kBrokenFile = file('broken.jsonl', '{"t":"meta"\n');
const kPlainFile = file('plain.jsonl.gz', 'good\n');

let out = '';
let err = '';

async function run(...args: string[]): Promise<number> {
  const output: Output = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    colour: args.includes('--colour'),
  };
  const makeSession = async () => {
    made += 1;
    return new StandIn() as unknown as Session;
  };
  return runCommand(
    args.filter((arg) => arg !== '--colour'),
    makeSession,
    '1.2.3',
    output,
  );
}

beforeEach(() => {
  out = '';
  err = '';
});

describe('verify', () => {
  test('counts what matches', async () => {
    expect(await run('verify', kGoodFile, kGoodFile)).toBe(0);
    expect(err).toBe('');
    expect(out).toBe(
      `match  ${kGoodFile}  4000/4000 operations, 3/3 dumps\n`.repeat(2) +
        '2/2 files match; 8000/8000 operations, 6/6 dumps\n',
    );
  });

  test('shows the first difference with both states', async () => {
    expect(await run('verify', kGoodFile, kBadFile, '--quiet')).toBe(1);
    expect(err).toBe('');
    expect(out).toBe(
      [
        `DIFFERS  ${kBadFile}  9/10 operations, 1/2 dumps ` +
          '(learnt from the recording: 7 slab states, 1 random start of slabs)',
        '  first difference, line 12: call alloc_pages(GFP_KERNEL, 0) (pfn)',
        '    ours:',
        '      0x100aa0',
        '    kernel:',
        '      0x100aa1',
        '      free order 0: 0x100aa0',
        '1/2 files match, 1 differ; 4009/4010 operations, 4/5 dumps',
        '',
      ].join('\n'),
    );
  });

  test('goes on after a bad file and says what is wrong with it', async () => {
    const missing = join(folder, 'missing.jsonl.gz');
    expect(await run('verify', kBrokenFile, missing, folder, kPlainFile, kGoodFile)).toBe(2);
    expect(err).toBe(
      [
        `${kBrokenFile}:3:7: RecordingFormat: unknown op "Z" (byte 120)`,
        `${missing}: FileUnreadable: there is no such file (ENOENT)`,
        `${folder}: FileUnreadable: it is a directory (EISDIR)`,
        `${kPlainFile}: NotGzip: not gzip: it starts with 67 6f ("go") instead of 1f 8b. ` +
          'Accepted: recordings packed with gzip, or plain ones whose name ends in .jsonl (byte 1)',
        '',
      ].join('\n'),
    );
    expect(out).toBe(
      `match  ${kGoodFile}  4000/4000 operations, 3/3 dumps\n` +
        '1/5 files match, 4 cannot be read; 4000/4000 operations, 3/3 dumps\n',
    );
  });

  test('prints one JSON document', async () => {
    expect(await run('verify', '--json', kGoodFile, kBadFile, kBrokenFile)).toBe(2);
    expect(JSON.parse(out)).toEqual({
      files: [
        {file: kGoodFile, ok: true, report: kGood},
        {file: kBadFile, ok: false, report: kBad},
        {
          file: kBrokenFile,
          ok: false,
          error: {
            name: 'RecordingFormat',
            message: 'unknown op "Z"',
            line: 3,
            column: 7,
            byte: 120,
          },
        },
      ],
      summary: {
        files: 3,
        matching: 1,
        differing: 1,
        unreadable: 1,
        operations: 4010,
        matched: 4009,
        dumps: 5,
        dumpsMatched: 4,
        learntSlabs: 7,
        learntStarts: 1,
      },
    });
  });

  test('says nothing when told to be quiet and all match; colours only a terminal', async () => {
    expect(await run('verify', '-q', kGoodFile)).toBe(0);
    expect(out).toBe('');
    await run('verify', '--colour', kGoodFile);
    expect(out).toBe(
      `\u001b[32mmatch\u001b[0m  ${kGoodFile}  4000/4000 operations, 3/3 dumps\n` +
        '\u001b[2m1/1 files match; 4000/4000 operations, 3/3 dumps\u001b[0m\n',
    );
  });
});

describe('buddyinfo and explain', () => {
  test('go to a step, or to the end', async () => {
    expect(await run('buddyinfo', kGoodFile)).toBe(0);
    expect(await run('buddyinfo', kGoodFile, '--step', '3')).toBe(0);
    expect(out).toBe('/proc/buddyinfo after 10\n/proc/buddyinfo after 3\n');
  });

  test('print the sentence and the path', async () => {
    expect(await run('explain', kGoodFile, '--step=5')).toBe(0);
    expect(out).toBe(
      [
        'step 5 of 10, line 4: alloc_pages(GFP_KERNEL, 0) = 0x100aa0 as the real kernel',
        "Took page frame 0x100aa0 from the head of this CPU's order-0 Unmovable list, because it " +
          'was not empty (12 pages left).',
        '',
        '  1. Took page frame 0x100aa0 from the per-CPU list',
        "     head of this CPU's order-0 Unmovable list of zone Normal; 12 pages left on the " +
          "CPU's lists  [__rmqueue_pcplist(), mm/page_alloc.c]",
        '',
      ].join('\n'),
    );
    out = '';
    expect(await run('explain', kBadFile, '--step=5')).toBe(0);
    expect(out.split('\n')[0]).toMatch(/NOT as the real kernel$/);
    out = '';
    expect(await run('explain', kGoodFile, '--step=0')).toBe(0);
    expect(out).toBe('step 0: the boot state; nothing has been called yet\n');
  });

  test('open groups only when asked', async () => {
    expect(await run('explain', kGoodFile, '--step=7')).toBe(0);
    const closed = out.split('\n').slice(3);
    expect(closed).toEqual([
      '  1. 4 pages taken from the per-CPU list',
      '     4 blocks; 0x100aa0 to 0x100aa3  [__rmqueue_pcplist(), mm/page_alloc.c]',
      '',
    ]);
    out = '';
    expect(await run('explain', kGoodFile, '--step=7', '--all')).toBe(0);
    const opened = out.split('\n').slice(3);
    expect(opened).toHaveLength(closed.length + 8);
    expect(opened.slice(0, 4)).toEqual([
      ...closed.slice(0, 2),
      '     - Took page frame 0x100aa0 from the per-CPU list',
      "       head of this CPU's order-0 Unmovable list of zone Normal; 12 pages left on the " +
        "CPU's lists  [__rmqueue_pcplist(), mm/page_alloc.c]",
    ]);
  });

  test('refuse a step that does not exist and a file that is broken', async () => {
    expect(await run('explain', kGoodFile, '--step', '11')).toBe(2);
    expect(await run('buddyinfo', kBrokenFile)).toBe(2);
    expect(out).toBe('');
    expect(err).toBe(
      `${kGoodFile}: StepOutOfRange: step 11: 0..10 are accepted\n` +
        `${kBrokenFile}:3:7: RecordingFormat: unknown op "Z" (byte 120)\n`,
    );
  });
});

describe('the command line', () => {
  test.each([
    [['--help'], kHelp],
    [['verify', '-h'], kHelp],
    [['--version'], '1.2.3\n'],
  ])('%j', async (args, expected) => {
    expect(await run(...args)).toBe(0);
    expect([out, err]).toEqual([expected, '']);
  });

  test.each([
    [[], 'a command is missing; accepted are verify, buddyinfo, explain'],
    [['verfy'], 'unknown command "verfy"; accepted are verify, buddyinfo, explain'],
    [['verify'], 'verify: at least one FILE is needed'],
    [['verify', 'a', '--step', '3'], 'verify has no option --step'],
    [['buddyinfo', 'a', '--json'], 'buddyinfo has no option --json'],
    [['buddyinfo'], 'buddyinfo: one FILE is accepted, 0 given'],
    [['explain', 'a', 'b', '--step', '1'], 'explain: one FILE is accepted, 2 given'],
    [['explain', 'a'], 'explain: --step N is needed'],
    [['explain', 'a', '--step', '1.5'], '--step 1.5: a whole number from 0 is accepted'],
    [['explain', 'a', '--step', 'x'], '--step x: a whole number from 0 is accepted'],
  ])('refuses %j', async (args, message) => {
    expect(await run(...args)).toBe(2);
    expect([out, err]).toEqual(['', `kmem-playground: ${message}\nTry kmem-playground --help.\n`]);
  });

  test('refuses an unknown option in the words of node', async () => {
    expect(await run('verify', '--frobnicate')).toBe(2);
    expect(err).toMatch(/^kmem-playground: Unknown option '--frobnicate'/);
  });
});

afterAll(() => {
  // Every machine that was made was given back, whatever happened to its file.
  expect(disposed).toBe(made);
});
