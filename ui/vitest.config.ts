import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A browser each: as many as the smallest machine that runs this has cores.
    maxWorkers: 2,
    // As for all that is driven from outside (CONTRIBUTING); the report says which test needed it.
    retry: 1,
  },
});
