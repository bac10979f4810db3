// The C++ files of the repository: what the formatter formats and the linter reads.
import {relative} from 'node:path';
import {filesBelow, inRoot, root} from './system.mjs';

const folders = ['engine', 'tests', 'web/cli'];
const suffix = /\.(cpp|h|def)$/;

/** Paths in the checkout, sorted, so that every run sees the same order. */
export function cppFiles() {
  const files = folders.flatMap((folder) => filesBelow(inRoot(folder)));
  return files
    .filter((file) => suffix.test(file))
    .map((file) => relative(root, file))
    .sort();
}
