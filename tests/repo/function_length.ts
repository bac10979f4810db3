import type {Problem, Rule} from './rules.ts';

const functionLinesMax = 70;

/** Removes what may hold braces that open no block: strings, regular expressions, comments. */
const codeOf = (line: string): string =>
  line
    .replaceAll(/\\./g, '')
    .replaceAll(/'[^']*'|"[^"]*"|`[^`]*`/g, '""')
    .replace(/\/\/.*$/, '')
    .trimEnd();

const emptied = (lines: string): string => lines.replaceAll(/[^\n]/g, '');

/** Without doc comments, and without style sheets: a long list of those is no function. */
const withoutLongText = (text: string): string =>
  text.replaceAll(/^\s*\/\*[\s\S]*?\*\//gm, emptied).replaceAll(/\bcss`[^`]*`/g, emptied);

const depthChange = (code: string): number =>
  (code.match(/\{/g)?.length ?? 0) - (code.match(/\}/g)?.length ?? 0);

/** Number of the line that closes the block opened on line `first`; both count from 0. */
function lastLine(lines: readonly string[], first: number): number {
  let depth = 0;
  for (let i = first; i < lines.length; i += 1) {
    depth += depthChange(lines[i] ?? '');
    if (depth <= 0) return i;
  }
  return lines.length - 1;
}

/** The statement that opens a block on line `last`: back to the end of the one before. */
function statementBefore(lines: readonly string[], last: number): string {
  let first = last;
  while (first > 0 && !/(^|[;{}:])$/.test((lines[first - 1] ?? '').trim())) first -= 1;
  return lines
    .slice(first, last + 1)
    .join(' ')
    .trim();
}

// Blocks that hold functions are not functions; an Embind block is a list, as long as it must be.
const container =
  /^(export\s+)?(default\s+)?(abstract\s+)?(namespace|class|struct|union|enum|interface|extern)\b/;
const isFunction = (statement: string): boolean =>
  statement.includes('(') && !container.test(statement) && !/^EMSCRIPTEN_/.test(statement);

/**
 * At most 70 lines a function, by counting braces: good enough to find the one that has grown.
 * Tests are exempt, because a describe() block is a function too.
 */
export const functionLength: Rule = (path, text) => {
  if (!/^(engine|web|scripts)\/.*\.(cpp|h|ts|mjs)$/.test(path)) return [];
  if (/\.(gen|d)\.ts$/.test(path)) return [];
  const lines = withoutLongText(text).split('\n').map(codeOf);
  const problems: Problem[] = [];
  for (let i = 0; i < lines.length; i += 1) {
    const opens = (lines[i] ?? '').endsWith('{') && depthChange(lines[i] ?? '') > 0;
    if (!opens || !isFunction(statementBefore(lines, i))) continue;
    const last = lastLine(lines, i);
    const length = last - i + 1;
    if (length > functionLinesMax) {
      const found = `a function of ${length} lines, at most ${functionLinesMax}`;
      problems.push({path, line: i + 1, text: found});
    }
    i = last;
  }
  return problems;
};
