// Run after `npm install` changed package-lock.json: `node scripts/complete_lockfile.mjs`.
//
// Some packages come as one small package per platform. A registry mirror may hold only those of
// its own platform; npm then leaves the others out of the lockfile, and `npm ci` refuses such a
// lockfile. Their versions are written in the package that asks for them, and their platform in
// their name, so the missing entries can be completed without asking any registry.
import {readFileSync, writeFileSync} from 'node:fs';
import {inRoot, isProgram} from './lib/system.mjs';

const systems = /\b(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)\b/;
const processors = /\b(arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64|mips64el|wasm32)\b/;

/** The lockfile entry of a platform's package, from its name. */
export function platformEntry(name, version, dev) {
  const os = systems.exec(name)?.[1];
  const cpu = processors.exec(name)?.[1];
  if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
    throw new Error(`cannot tell the platform and version of ${name}@${version}`);
  }
  const libc = /\b(musl|gnu)/.exec(name)?.[1];
  return {
    version,
    cpu: [cpu],
    ...(dev ? {dev: true} : {}),
    ...(os === 'linux' && libc ? {libc: [libc === 'gnu' ? 'glibc' : libc]} : {}),
    optional: true,
    os: [os],
  };
}

/** The lockfile with an entry for every optional dependency. */
export function completed(lock) {
  const packages = {...lock.packages};
  for (const [path, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
      if (places.some((place) => place in packages)) continue;
      packages[`node_modules/${name}`] = platformEntry(name, version, entry.dev);
    }
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1));
  return {...lock, packages: Object.fromEntries(sorted)};
}

if (isProgram(import.meta)) {
  const file = inRoot('package-lock.json');
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, `${JSON.stringify(completed(lock), null, 2)}\n`);
}
