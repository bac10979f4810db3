// `npm start`: set up, build what is out of date, serve the page and say where.
import {spawn} from 'node:child_process';
import {createServer} from 'node:net';
import {buildAll} from './build.mjs';
import {inRoot, main, root} from './lib/system.mjs';
import {setUp} from './setup.mjs';

const host = '127.0.0.1';
const firstPort = Number(process.env['PORT'] ?? 4173);

const isFree = (port) =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });

async function freePort() {
  for (let port = firstPort; port < firstPort + 100; port += 1) {
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port from ${firstPort} on`);
}

async function answers(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

await main(async () => {
  await setUp();
  await buildAll();

  const port = await freePort();
  const url = `http://${host}:${port}/`;
  const words = ['preview', '--host', host, '--port', String(port), '--strictPort'];
  const server = spawn(
    process.execPath,
    [inRoot('node_modules', 'vite', 'bin', 'vite.js'), ...words],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const ended = new Promise((resolve) => server.on('close', resolve));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => server.kill(signal));
  }

  // The address is only worth printing once it works.
  while (server.exitCode === null && !(await answers(url))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (server.exitCode === null) console.log(`\nThe playground is at  ${url}\nCtrl-C stops it.`);
  process.exitCode = (await ended) ?? 0;
});
