/** Tests that need a program which not every machine has: skipped by name, with the one command that brings it; a failure where STANCE_TEST_ALL=1. */
import { describe, test } from '@jest/globals';
import { COMPONENTS, type Component, findComponent } from './find-component.ts';

/** `describe`, for tests that need a component. */
export function describeWith(component: Component, title: string, body: () => void): void {
  if (findComponent(component) !== undefined) {
    describe(title, body);
    return;
  }
  const { command } = COMPONENTS[component];
  if (process.env.STANCE_TEST_ALL === '1') {
    test(title, () => {
      throw new Error(`${component} is not on this machine, and STANCE_TEST_ALL=1 asks for every test. Bring it: ${command}`);
    });
    return;
  }
  describe.skip(`${title} (needs ${component}: ${command})`, body);
}
