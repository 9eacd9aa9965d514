/** Removes what `jest-scratch.mjs` made. A rest that cannot be removed is no failed test. */
export default function teardown() {
  try {
    globalThis.removeScratch();
  } catch (error) {
    process.stderr.write(`What the tests wrote is not wholly removed: ${error.message}\n`);
  }
}
