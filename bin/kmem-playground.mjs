#!/usr/bin/env node
// The command `kmem-playground`. Only finds the program and says what to do when it is not built.
import {existsSync} from 'node:fs';

const program = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  console.error('kmem-playground is not built yet: run `npm run build` first.');
  process.exitCode = 2;
}
