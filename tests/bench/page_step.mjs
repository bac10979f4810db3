// What a step of a recording costs the page, from the key to the pixels:
//   npm run build && node tests/bench/page_step.mjs [--steps N]
// Chromium's own count of the main thread's busy CPU time, so that other load matters little. The
// peer in the same run is the least such a page can do: a key that repaints a canvas of the map's
// size. Exit code 1 when a step costs more than one frame of 60 a second (16 ms).
import {parseArgs} from 'node:util';
import {chromium} from '@playwright/test';
import {preview} from 'vite';
import {main} from '../../scripts/lib/system.mjs';

const link = '#recording=mixed-1&step=5000&sel=pfn:0x100820';
const budgetMs = 16;

/** Main-thread milliseconds of each of `steps` runs of `act` in the page. */
async function busyMsEach(page, steps, act) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', {timeDomain: 'threadTicks'});
  const busy = async () => {
    const {metrics} = await session.send('Performance.getMetrics');
    return 1000 * (metrics.find(({name}) => name === 'TaskDuration')?.value ?? 0);
  };
  for (let step = 0; step < 5; step += 1) await page.evaluate(act);
  const before = await busy();
  for (let step = 0; step < steps; step += 1) await page.evaluate(act);
  return ((await busy()) - before) / steps;
}

function stepForward() {
  dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight'}));
  return window.kmemPlayground.whenIdle();
}

function repaint() {
  const canvas = document.querySelector('canvas');
  const context = canvas.getContext('2d');
  return new Promise((done) => {
    requestAnimationFrame(() => {
      canvas.shade = ((canvas.shade ?? 0) + 1) % 256;
      context.fillStyle = `rgb(${canvas.shade} 0 0)`;
      context.fillRect(0, 0, canvas.width, canvas.height);
      requestAnimationFrame(done);
    });
  });
}

await main(async () => {
  const {values} = parseArgs({options: {steps: {type: 'string', default: '60'}}});
  const steps = Number(values.steps);
  const server = await preview({preview: {port: 4318}, logLevel: 'error'});
  const args = ['--no-sandbox', '--disable-gpu'];
  const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args});
  try {
    const page = await browser.newPage({viewport: {width: 1440, height: 900}});
    await page.goto(`${server.resolvedUrls.local[0]}${link}`);
    await page.waitForFunction(() => window.kmemPlayground !== undefined);
    await page.evaluate(() => window.kmemPlayground.whenIdle());
    const step = await busyMsEach(page, steps, stepForward);

    const peer = await browser.newPage({viewport: {width: 1440, height: 900}});
    await peer.setContent('<canvas width="700" height="700"></canvas>');
    const floor = await busyMsEach(peer, steps, repaint);
    console.log(`a step to pixels: ${step.toFixed(2)} ms of the main thread's CPU time`);
    console.log(`a canvas repainted: ${floor.toFixed(2)} ms; ratio ${(step / floor).toFixed(2)}`);
    if (step > budgetMs) process.exitCode = 1;
  } finally {
    await browser.close();
    await server.close();
  }
});
