import {defineConfig} from 'vitest/config';

// A file of its own, so that the unit tests do not inherit the page's build (its root is web/).
export default defineConfig({
  test: {
    include: ['tests/{repo,web}/**/*.test.ts'],
    // No test is about time: one that is slow on a busy machine has not failed.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
