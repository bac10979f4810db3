// Makes docs/fidelity.md from the @kernel and @fidelity tags in the engine's headers.
//
//   node scripts/gen_fidelity.mjs           writes the page
//   node scripts/gen_fidelity.mjs --check   writes nothing, exit code 1 when it is stale
import {readFileSync} from 'node:fs';
import {cppFiles} from './lib/cpp_files.mjs';
import {runGenerator} from './lib/def_files.mjs';
import {inRoot, isProgram} from './lib/system.mjs';

const grades = ['exact', 'simplified', 'invented'];
const unrated = 'not rated';

/** The tags of one doc comment; a tag goes on until the next one or an empty line. */
function tagsOf(comment) {
  const tags = {};
  let current;
  for (const line of comment) {
    const [, name, text] = /^@(\w+)\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      current = name;
      tags[name] = text;
    } else if (line === '') {
      current = undefined;
    } else if (current !== undefined) {
      tags[current] += ` ${line}`;
    }
  }
  return tags;
}

/** What a declaration declares: the name of the type, the function, or the constant. */
export function declaredName(declaration) {
  const code = declaration.replaceAll(/\[\[\w+\]\]/g, '').trim();
  const type = /^(?:template\s*<.*?>\s*)?(?:class|struct|union|enum(?:\s+class)?)\s+(\w+)/.exec(
    code,
  );
  if (type) return type[1];
  const alias = /^using\s+(\w+)/.exec(code);
  if (alias) return alias[1];
  const callable = /(~?\w+|operator\s*\S+?)\s*\(/.exec(code);
  if (callable) return `${callable[1]}()`;
  return /(\w+)\s*(?:\[[^\]]*\]\s*)*(?:=|\{|;|$)/.exec(code)?.[1] ?? code;
}

/**
 * Each declaration of a header whose doc comment cites the kernel or rates itself:
 * {name, kernel, grade, note}.
 */
export function ratedDeclarations(text) {
  const found = [];
  let comment = [];
  for (const line of text.split('\n')) {
    const code = line.trim();
    const doc = /^\/\/\/(?!<)\s?(.*)$/.exec(code);
    if (doc) {
      comment.push(doc[1].trim());
      continue;
    }
    const {kernel = '', fidelity} = tagsOf(comment);
    if (kernel !== '' || fidelity !== undefined) {
      const [, grade, note] = /^(\w+)\s*:?\s*(.*)$/.exec(fidelity ?? '') ?? [];
      found.push({
        name: code === '' || code.startsWith('//') ? '(this file)' : declaredName(code),
        kernel,
        grade: grades.includes(grade) ? grade : unrated,
        note: note ?? '',
      });
    }
    comment = [];
  }
  return found;
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

function countOf(rows) {
  return [...grades, unrated]
    .map((grade) => [grade, rows.filter((row) => row.grade === grade).length])
    .filter(([, count]) => count > 0)
    .map(([grade, count]) => `${count} ${grade}`)
    .join(', ');
}

function section([file, rows]) {
  const lines = rows.map(
    ({name, kernel, grade, note}) =>
      `| \`${name}\` | ${cell(kernel)} | ${grade}${note === '' ? '' : `: ${cell(note)}`} |`,
  );
  return `## ${file}

${countOf(rows)}

| here | in the kernel | fidelity |
| --- | --- | --- |
${lines.join('\n')}
`;
}

/** The page, from the text of each header: [path, text][]. */
export function fidelityPage(headers) {
  const sections = headers
    .map(([file, text]) => [file, ratedDeclarations(text)])
    .filter(([, rows]) => rows.length > 0);
  return `<!-- Made by scripts/gen_fidelity.mjs from the tags in the headers. Do not edit. -->
# How true each part is

Every modelled thing names what it models and says how true it is. *Exact*: the same result as the
reference kernel's, for every input we accept. *Simplified*: the difference is named. *Invented*:
the kernel has nothing like it; it is there to show something. *Not rated*: it cites the kernel and
has not been graded yet.

In all: ${countOf(sections.flatMap(([, rows]) => rows)) || 'nothing yet'}.

${sections.map(section).join('\n')}`;
}

/** Every generated file: path in the repository -> text. */
export function generate() {
  const headers = cppFiles().filter((file) => file.startsWith('engine/') && file.endsWith('.h'));
  return {
    'docs/fidelity.md': fidelityPage(
      headers.map((file) => [file, readFileSync(inRoot(file), 'utf8')]),
    ),
  };
}

if (isProgram(import.meta)) runGenerator(generate, process.argv.slice(2));
