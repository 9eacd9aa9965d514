/** Removes what `jest-scratch.mjs` made. What a test that was cut off still holds, or what is mounted there, may stay: that is no failed test. */
export default function teardown() {
  try {
    globalThis.removeScratch();
  } catch (error) {
    process.stderr.write(`What the tests wrote is not wholly removed: ${error.message}\n`);
  }
}
