/** Browser tests against the built page (dist/site), in Debian's Chromium. */
import {defineConfig} from '@playwright/test';

const kPort = 4317;

export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results',
  fullyParallel: true,
  workers: 2,
  // A test that passes at the second try hides a fault: there is no second try.
  retries: 0,
  timeout: 60_000,
  expect: {timeout: 15_000},
  reporter: [['list']],
  use: {
    baseURL: `http://localhost:${kPort}/`,
    viewport: {width: 1440, height: 900},
    colorScheme: 'light',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  webServer: {
    command: `npx vite preview --port ${kPort}`,
    url: `http://localhost:${kPort}/`,
    reuseExistingServer: true,
  },
});
