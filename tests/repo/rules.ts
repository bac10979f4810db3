// The rules of the repository that no compiler or linter knows. Each is a pure function from one
// file to what is wrong with it, so that each can be tested with a small bad sample.

/** One thing wrong in one file. `line` counts from 1. */
export interface Problem {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

export type Rule = (path: string, text: string) => Problem[];

const columnsMax = 100;
const fileLinesMax = 600;

const isGenerated = (path: string): boolean =>
  /\.gen\.ts$|^package-lock\.json$|^docs\/(fidelity|trace_events)\.md$/.test(path);
const isCode = (path: string): boolean =>
  /(\.(cpp|h|def|ts|mjs|css|cmake)|CMakeLists\.txt)$/.test(path) && !isGenerated(path);
/** This file and its test must spell what they forbid. */
const isRuleBook = (path: string): boolean => path.startsWith('tests/repo/');

/** Looks at each line on its own. `find` says what is wrong with a line, or nothing. */
function eachLine(
  path: string,
  text: string,
  find: (line: string) => string | undefined,
): Problem[] {
  return text.split('\n').flatMap((content, index) => {
    const found = find(content);
    return found === undefined ? [] : [{path, line: index + 1, text: found}];
  });
}

/**
 * 100 columns. Rows of tables (in prose, in a .def), links, SVG paths and what a program printed
 * (a fence of `text` in prose) cannot be broken.
 */
export const columns: Rule = (path, text) => {
  const prose = path.endsWith('.md') && !isGenerated(path);
  if (!isCode(path) && !prose) return [];
  let printed = false;
  return eachLine(path, text, (line) => {
    if (prose && line.startsWith('```')) printed = line === '```text';
    if (printed) return undefined;
    if (prose && /^\s*\||^!\[|https?:/.test(line)) return undefined;
    if (/<path |\bd="M/.test(line)) return undefined;
    if (path.endsWith('.def') && /^[A-Z_]+\(/.test(line)) return undefined;
    const width = [...line].length;
    return width > columnsMax ? `${width} columns, at most ${columnsMax}` : undefined;
  });
};

/** A file that nobody can hold in mind is two files. */
export const fileLength: Rule = (path, text) => {
  if (!isCode(path)) return [];
  const lines = text.split('\n').length - 1;
  return lines > fileLinesMax
    ? [{path, line: lines, text: `${lines} lines, at most ${fileLinesMax}`}]
    : [];
};

/** Floors of the engine from the bottom up. A floor includes itself and what is below. */
const floors = [
  'base',
  'trace',
  'profile',
  'mm',
  'slab',
  'vmalloc',
  'dma',
  'sim',
  'kernel_c',
  'ingest',
  'report',
  'bindings',
];

export const layers: Rule = (path, text) => {
  const floor = /^engine\/(\w+)\//.exec(path)?.[1];
  if (floor === undefined) return [];
  const height = floors.indexOf(floor);
  if (height < 0) return [{path, line: 1, text: `engine/${floor} is not one of the floors`}];
  return eachLine(path, text, (line) => {
    const target = /^\s*#\s*include\s+"(?:engine\/)?([^/"]+)\//.exec(line)?.[1];
    if (target === undefined) return undefined;
    const below = floors.indexOf(target);
    if (below < 0) return `${target} is not one of the floors`;
    return below > height ? `${floor} may not include ${target}, which is above it` : undefined;
  });
};

/** The engine knows nothing of the browser, except in the one folder that is the boundary. */
export const emscriptenOnlyInBindings: Rule = (path, text) => {
  if (!path.startsWith('engine/') || path.startsWith('engine/bindings/')) return [];
  if (!/\.(cpp|h|def)$/.test(path)) return [];
  return eachLine(path, text, (line) =>
    /#\s*include\s+[<"]emscripten|__EMSCRIPTEN__|\bEM_(JS|ASM)/.test(line)
      ? 'Emscripten is for engine/bindings only'
      : undefined,
  );
};

/**
 * What makes a run differ from the next one: clocks, threads, unseeded numbers, the order of a hash
 * table. Reading text may look things up in one; state that is stepped or hashed may not be in one.
 */
export const deterministic: Rule = (path, text) => {
  if (!/^engine\/.*\.(cpp|h)$/.test(path)) return [];
  const holdsState = /^engine\/(base|trace|profile|mm|vmalloc|dma|sim)\//.test(path);
  return eachLine(path, text, (line) => {
    const found =
      /<(chrono|random|ctime|thread)>|\brand\(/.exec(line) ??
      (holdsState ? /<unordered_(map|set)>/.exec(line) : null);
    return found ? `${found[0]} would make the engine differ from run to run` : undefined;
  });
};

/** A note for later names the issue in which it will be done. */
export const notesNameAnIssue: Rule = (path, text) => {
  if (!isCode(path) || isRuleBook(path)) return [];
  return eachLine(path, text, (line) =>
    /\b(TODO|FIXME|XXX)\b(?!\(#\d+\))/.test(line) ? 'a note for later needs (#issue)' : undefined,
  );
};

/** The scripts run before `npm ci`, so they have Node and each other, nothing else. */
export const scriptsNeedOnlyNode: Rule = (path, text) => {
  if (!/^(scripts|bin)\/.*\.mjs$/.test(path)) return [];
  return eachLine(path, text, (line) => {
    const source = /^\s*(?:import|\}\s*from|export .* from)\b.*?['"]([^'"]+)['"]/.exec(line)?.[1];
    if (source === undefined || /^(node:|\.)/.test(source)) return undefined;
    return `${source} is not part of Node`;
  });
};

/** The checkout works on any machine with any package registry. */
export const namesNoOneMachine: Rule = (path, text) => {
  if (isRuleBook(path)) return [];
  return eachLine(path, text, (line) => {
    if (/\bregistry\.[\w-]+\.\w+|_authToken|"resolved":/.test(line)) return 'names a registry';
    const outside = /(?<![\w.@-])\/(work|root|home|tmp|Users)\/\w+/.exec(line)?.[0];
    return outside === undefined ? undefined : `${outside} is outside of the repository`;
  });
};

/** Links of a page to files of the repository, with the line each is on. */
function relativeLinks(text: string): {line: number; target: string}[] {
  return text.split('\n').flatMap((content, index) =>
    [...content.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1] ?? '')
      .filter((target) => !/^([a-z]+:|#)/.test(target))
      .map((target) => ({line: index + 1, target: target.replace(/#.*$/, '')})),
  );
}

/** Every relative link leads to a file. @param exists tells whether a path is in the checkout. */
export function linksResolve(exists: (path: string) => boolean): Rule {
  return (path, text) => {
    if (!path.endsWith('.md')) return [];
    const folder = path.includes('/') ? path.replace(/\/[^/]*$/, '/') : '';
    return relativeLinks(text)
      .filter(({target}) => !exists(new URL(target, `file:///${folder}`).pathname.slice(1)))
      .map(({line, target}) => ({path, line, text: `${target} does not exist`}));
  };
}
