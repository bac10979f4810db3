// The goals of the project for speed, and how a measurement is held against one.
// P1 to P6 are ratios against the textbook buddy in the same run. The gate gives 1.25 times the
// goal, because ratios drift by a tenth and more on a shared computer.

/** Slack of the gate. */
export const slack = 1.25;

/**
 * @typedef {object} Goal
 * @property {string} id
 * @property {string} what
 * @property {string} workload which one is measured; none for the others
 * @property {string} over variant whose time is the numerator
 * @property {string} under variant whose time is the denominator
 * @property {number} must
 * @property {number} stretch
 */

/** @type {readonly Goal[]} */
export const raceGoals = [
  {id: 'P1', what: 'order-0 pairs, half full', workload: 'W1', must: 1.3, stretch: 0.9},
  {id: 'P2', what: 'order-0 pairs, empty', workload: 'W1e', must: 1.0, stretch: 0.6},
  {id: 'P3', what: 'orders 0..10', workload: 'W2', must: 1.0, stretch: 0.7},
  {id: 'P4', what: '85 % order 0, 1 Mi frames', workload: 'W3', must: 1.0, stretch: 0.7},
].map((goal) => ({...goal, over: 'engine', under: 'textbook'}));

/** @type {readonly Goal[]} */
export const traceGoals = [
  {workload: 'W1', must: 1.25, stretch: 1.1},
  {workload: 'W2', must: 1.25, stretch: 1.1},
  {workload: 'W3', must: 1.5, stretch: 1.3},
].map((goal) => ({
  ...goal,
  id: 'P6',
  what: 'states and tracepoints on, against compiled out',
  over: 'engine',
  under: 'untraced',
}));

/** @type {readonly Goal[]} */
export const decisionGoals = ['W1', 'W2', 'W3'].map((workload) => ({
  id: 'decisions',
  what: 'every decision recorded, against tracepoints',
  workload,
  over: 'decisions',
  under: 'engine',
  must: 2.5,
  stretch: 2,
}));

/** Ratios that are shown and not judged. */
export const shownRatios = [
  {id: '', what: 'bursts', workload: 'W1b', over: 'engine', under: 'textbook'},
  {id: '', what: 'orders uniform', workload: 'W2u', over: 'engine', under: 'textbook'},
  ...['W1', 'W1e', 'W2', 'W3'].map((workload) => ({
    id: '',
    what: 'baseline without header and size arithmetic',
    workload,
    over: 'engine',
    under: 'bare',
  })),
];

/** Goals that are not ratios of two allocators. `most` or `least` is the must. */
export const otherGoals = {
  metadata: {id: 'P5', what: 'metadata, bytes a frame', most: 24, stretch: 16},
  boundary: {id: 'B1', what: 'batched command / Embind add()', most: 0.3, stretch: 0.2},
  boot: {id: 'boot', what: 'boot of 1 GiB in wasm, ms', most: 30, stretch: 5},
  replay: {id: 'replay', what: 'recorded calls a second in wasm, millions', least: 5, stretch: 8},
};

/** @returns how a number stands to a goal that wants it small. */
export function judge(value, must, stretch) {
  if (value <= stretch) return 'stretch';
  if (value <= must) return 'must';
  return value <= must * slack ? 'within slack' : 'MISSED';
}

/** The same for a goal that wants it big. */
export const judgeLeast = (value, must, stretch) => judge(1 / value, 1 / must, 1 / stretch);
