// Formats every file we write, or with --check says which ones are not formatted.
import {cppFiles} from './lib/cpp_files.mjs';
import {main, run, runPackage} from './lib/system.mjs';

const check = process.argv.includes('--check');

await main(async () => {
  // The lists of macros (.def) are tables with their own alignment.
  const sources = cppFiles().filter((file) => !file.endsWith('.def'));
  if (sources.length > 0) {
    const how = check ? ['--dry-run', '--Werror'] : ['-i'];
    await run('clang-format', [...how, ...sources]);
  }
  await runPackage('biome', check ? ['check', '--error-on-warnings'] : ['check', '--write']);
});
