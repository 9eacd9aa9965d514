/** Policies that belong together: what is applied, and what decides. */
import type { AccessPolicy } from './access.ts';
import type { Baseline } from './baseline.ts';
import type { Versioned } from './demands.ts';
import type { Directory, Protection } from './directory.ts';
import type { Exemption } from './exemption.ts';
import type { PolicyTests } from './test-cases.ts';

export interface PolicySet {
  /** Of everything in it that decides; the order of files does not matter. */
  readonly version: string;
  readonly baselines: readonly Versioned<Baseline>[];
  readonly accessPolicies: readonly Versioned<AccessPolicy>[];
  readonly exemptions: readonly Exemption[];
  readonly protections: readonly Protection[];
  readonly directory: Directory;
  /** Cases that the policies are tried on; they decide nothing. */
  readonly tests: readonly { readonly file: string; readonly document: PolicyTests }[];
}
