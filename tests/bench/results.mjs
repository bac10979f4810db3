// From the raw numbers of both programs to rows of a table, and from rows to text.
import {
  decisionGoals,
  judge,
  judgeLeast,
  otherGoals,
  raceGoals,
  shownRatios,
  traceGoals,
} from './goals.mjs';
import {median, ratioOf} from './statistics.mjs';

/** One row: what was measured where, the number with its spread, the goal and the verdict. */
function ratioRow(goal, where, workloads) {
  const ratio = ratioOf(workloads[goal.workload], goal.over, goal.under);
  return {
    id: goal.id,
    where,
    workload: goal.workload,
    what: `${goal.over} / ${goal.under}: ${goal.what}`,
    value: ratio.median,
    spread: [ratio.low, ratio.high],
    must: goal.must,
    stretch: goal.stretch,
    verdict: goal.must === undefined ? '' : judge(ratio.median, goal.must, goal.stretch),
  };
}

function otherRow(goal, where, value) {
  const must = goal.most ?? goal.least;
  const verdict = (goal.most === undefined ? judgeLeast : judge)(value, must, goal.stretch);
  return {
    id: goal.id,
    where,
    workload: '',
    what: goal.what,
    value,
    must,
    least: goal.least !== undefined,
    stretch: goal.stretch,
    verdict,
  };
}

/** @returns rows of the table, judged goals first. */
export function rowsOf({native, wasm}) {
  const places = [
    ['wasm', wasm.workloads],
    ['native', native.workloads],
  ];
  const ratios = (goals) =>
    goals.flatMap((goal) => places.map(([where, times]) => ratioRow(goal, where, times)));
  const rows = [
    ...ratios(raceGoals),
    otherRow(otherGoals.metadata, 'both', native.bytesPerFrame),
    ...ratios(traceGoals),
    ...ratios(decisionGoals),
    otherRow(otherGoals.boundary, 'wasm', median(wasm.boundary.map(({batch, add}) => batch / add))),
    otherRow(otherGoals.boot, 'wasm', median(wasm.bootMilliseconds)),
  ];
  for (const [name, rates] of Object.entries(wasm.replay ?? {})) {
    const goal = {...otherGoals.replay, what: `${otherGoals.replay.what}: ${name}`};
    rows.push(otherRow(goal, 'wasm', median(rates) / 1e6));
  }
  return [...rows, ...ratios(shownRatios)];
}

const number = (value) => (value >= 10 ? value.toFixed(1) : value.toFixed(2));

const cells = (row) => [
  row.id,
  row.where,
  row.workload,
  row.what,
  number(row.value),
  row.spread ? row.spread.map(number).join('..') : '',
  row.must === undefined ? '' : `${row.least ? '>=' : '<='} ${row.must}`,
  row.stretch === undefined ? '' : String(row.stretch),
  row.verdict,
];

const heading = ['goal', 'where', 'load', 'what', 'median', 'quartiles', 'must', 'stretch', ''];

/** The table for a terminal. */
export function textTable(rows) {
  const lines = [heading, ...rows.map(cells)];
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The table for a page. */
export function markdownTable(rows) {
  const line = (entries) => `| ${entries.join(' | ')} |`;
  return [
    line(heading),
    line(heading.map(() => '---')),
    ...rows.map((row) => line(cells(row))),
  ].join('\n');
}

/** Nanoseconds of CPU a call: medians, by workload and allocator. */
export function timesTable(workloads) {
  const names = Object.keys(Object.values(workloads)[0][0]);
  const line = (entries) => `| ${entries.join(' | ')} |`;
  const rows = Object.entries(workloads).map(([workload, repetitions]) =>
    line([workload, ...names.map((name) => number(median(repetitions.map((r) => r[name]))))]),
  );
  return [line(['load', ...names]), line(['---', ...names.map(() => '---')]), ...rows].join('\n');
}
