/** Jest runs the TypeScript as ES modules: `--experimental-vm-modules`, types stripped by esbuild. */
export default {
  rootDir: '..',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.{ts,tsx}'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { '\\.tsx?$': '<rootDir>/build/jest-transform.mjs' },
  testTimeout: 120_000,
  maxWorkers: 2,
  globalSetup: '<rootDir>/build/jest-scratch.mjs',
  globalTeardown: '<rootDir>/build/jest-scratch-end.mjs',
  reporters: ['default', '<rootDir>/build/jest-skips.mjs'],
};
