// Reading the engine's .def files and enums, and writing what is generated from them.

import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

/** Absolute path of a file of this repository. */
export function repositoryPath(path) {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** Splits `a, "b, c", 3` at commas outside quotes. */
function splitArguments(text) {
  const parts = text.match(/"(?:[^"\\]|\\.)*"|[^,"]+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/**
 * The uses of one macro in a .def file: its arguments, the comment lines right above it, its line.
 * A use may span lines; nothing else may share its lines.
 */
export function parseDefLines(text, macro) {
  const uses = [];
  let comment = [];
  let open = null;
  for (const [index, line] of text.split('\n').entries()) {
    if (open === null && line.startsWith('//')) {
      comment.push(line.slice(2).trim());
      continue;
    }
    if (open === null && line.startsWith(`${macro}(`)) {
      open = {text: '', line: index + 1, comment: comment.join('\n')};
    }
    if (open !== null) {
      open.text += `${line.trim()} `;
      if (/\)\s*$/.test(open.text)) {
        const inner = open.text.slice(macro.length + 1, open.text.lastIndexOf(')'));
        uses.push({args: splitArguments(inner), comment: open.comment, line: open.line});
        open = null;
      }
    }
    comment = [];
  }
  return uses;
}

/**
 * The enumerators of a C++ enum: `{value, name, comment}`. A comment may stand above an enumerator,
 * or behind it as `///<` and go on in the lines below as `///<`.
 */
export function parseEnum({text, header}, enumName) {
  const found = new RegExp(
    `((?://[^\\n]*\\n)*)\\s*enum class ${enumName}\\b[^{]*\\{([^}]*)\\}`,
  ).exec(text);
  if (!found) throw new Error(`engine/${header}: no "enum class ${enumName}"`);
  const values = [];
  let above = [];
  let next = 0;
  for (const line of found[2].split('\n')) {
    const [, code, behind, note] = /^(.*?)(?:\/\/+(<?)\s*(.*))?$/.exec(line.trim());
    for (const entry of code.split(',').map((part) => part.trim())) {
      if (entry === '') continue;
      const [, name, value] = /^(\w+)(?:\s*=\s*(\d+)u?)?$/.exec(entry) ?? [];
      if (name === undefined) throw new Error(`engine/${header}: ${enumName}: "${entry}"?`);
      next = value === undefined ? next : Number(value);
      values.push({value: next, name: name.replace(/^k(?=[A-Z])/, ''), comment: above.join(' ')});
      above = [];
      next += 1;
    }
    if (!note) continue;
    const last = values.at(-1);
    if (last && (behind === '<' || code !== '')) last.comment = `${last.comment} ${note}`.trim();
    else above.push(note);
  }
  const comment = found[1].replace(/^\s*\/\/+\s?/gm, '').trim();
  return {values, comment: comment.split('\n').join(' '), header};
}

/** Writes the generated files, or with --check says which are stale. */
export function runGenerator(generate, args) {
  const check = args.includes('--check');
  for (const [path, text] of Object.entries(generate())) {
    let before = '';
    try {
      before = readFileSync(repositoryPath(path), 'utf8');
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    if (before === text) continue;
    if (check) {
      console.error(`${path} is stale: run the generator named in its first line`);
      process.exitCode = 1;
    } else {
      writeFileSync(repositoryPath(path), text);
      console.log(`wrote ${path}`);
    }
  }
}
