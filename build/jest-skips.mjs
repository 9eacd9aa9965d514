/** Says at the end of a test run what was skipped for want of a component, and the one command that brings it. */
export default class SkipReporter {
  onRunComplete(_contexts, { testResults }) {
    const skipped = new Map();
    for (const { assertionResults, testResults: tests = assertionResults } of testResults) {
      for (const test of tests ?? []) {
        const title = test.ancestorTitles.find((name) => name.includes('(needs '));
        if (test.status === 'pending' && title !== undefined) skipped.set(title, (skipped.get(title) ?? 0) + 1);
      }
    }
    for (const [title, count] of skipped) process.stderr.write(`Skipped ${count} tests: ${title}\n`);
  }
}
