/** What a device is told of what is required of it, so that its agent shows the verdicts that the service gives. */
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { sha256 } from '../attest/node.ts';
import { canonicalJson, StanceError } from '../model/index.ts';
import { nameOf } from './appraise.ts';
import { type Baseline, baselineErrors } from './baseline.ts';
import type { Versioned } from './demands.ts';
import { type Exemption, exemptionErrors } from './exemption.ts';
import { formatErrors } from './policy-errors.ts';

/** The baselines that apply to a device, and the exemptions that it has. */
export interface Bundle {
  readonly baselines: readonly Versioned<Baseline>[];
  readonly exemptions: readonly Exemption[];
}

const BundleDocument = Type.Object({ baselines: Type.Array(Type.Unknown()), exemptions: Type.Array(Type.Unknown()) });

export interface BundleAnswer {
  /** Ids of the baselines, joined by `+`. */
  readonly id: string;
  readonly version: string;
  readonly document: Static<typeof BundleDocument>;
}

/** null where no baseline is for the device. Of exemptions, those for everything: an app's own are no matter of the device's compliance. */
export function bundleAnswer({ baselines, exemptions }: Bundle): BundleAnswer | null {
  const name = nameOf(baselines);
  if (name === null) return null;
  const whole = exemptions.filter(({ apps }) => apps === undefined);
  const version = whole.length === 0 ? name.version : sha256(canonicalJson([name.version, whole]));
  return { id: name.id, version, document: { baselines: baselines.map(({ document }) => document), exemptions: whole } };
}

/** A bundle that came from the service. @throws StanceError `policy-invalid` */
export function readBundle(document: unknown): Bundle {
  if (!Value.Check(BundleDocument, document)) throw new StanceError('policy-invalid', 'Not what a service of this version tells of its baselines.');
  const { baselines, exemptions } = document;
  const nowhere = () => ({ line: 0, column: 0 });
  const errors = [
    ...baselines.flatMap((baseline) => baselineErrors(baseline, 'baseline', nowhere)),
    ...exemptions.flatMap((exemption) => exemptionErrors(exemption, 'exemption', nowhere)),
  ];
  if (errors.length > 0) throw new StanceError('policy-invalid', formatErrors(errors));
  return {
    baselines: (baselines as Baseline[]).map((baseline) => ({ document: baseline, version: sha256(canonicalJson(baseline)) })),
    exemptions: exemptions as Exemption[],
  };
}
