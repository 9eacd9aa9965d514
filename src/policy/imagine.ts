/** A device as somebody imagines it, for test cases and for "what if": its facts as the service would have them. Pure. */
import type { Static } from 'typebox';
import { CATALOGUE } from '../checks/index.ts';
import type { Compliance } from '../model/index.ts';
import { baselinesFor, type DeviceAbout } from './applying.ts';
import type { Assessed, Assessment } from './assess.ts';
import type { Clock } from './clocks.ts';
import type { DecisionInput, DeviceFacts } from './decision-input.ts';
import { demandsOf } from './demands.ts';
import { durationMs } from './duration.ts';
import { factsOf, wantedChecks } from './facts.ts';
import type { CheckImagined, DeviceImagined } from './imagined-device.ts';
import type { PolicySet } from './policy-set.ts';
import { type Question, requestOf } from './question.ts';

type Imagined = Pick<DecisionInput, 'device' | 'state' | 'owner' | 'tags'>;

const NO_DEVICE: Imagined = { device: null, state: null, owner: null };
const DEFAULT_AGE_MS = 10_000;

type CheckSaid = Exclude<Static<typeof CheckImagined>, string>;
const saidOf = (said: Static<typeof CheckImagined> | undefined): CheckSaid => (typeof said === 'object' ? said : { verdict: said ?? 'pass' });

function groupsOf({ directory }: PolicySet, owner: string | null): ReadonlySet<string> {
  return new Set(directory.users?.find(({ id }) => id === owner)?.groups ?? []);
}

/** `at`: ms since the epoch. `person`: who asks. */
function imagineDevice(imagined: DeviceImagined, person: string, set: PolicySet, at: number): Imagined {
  if (imagined === 'none') return NO_DEVICE;
  const { id = 'a-device', platform = 'linux', assurance = 'software', state = 'active', owner = person, tags = [], checks = {}, compliance } = imagined;
  const observedAt = at - (imagined.age === undefined ? DEFAULT_AGE_MS : durationMs(imagined.age));
  const about: DeviceAbout = { ...{ id, platform, assurance, owner, tags }, ownerGroups: groupsOf(set, owner), about: {} };
  const readAt = new Date(observedAt).toISOString();
  const readings = Object.entries(checks).flatMap(([check, said]) =>
    typeof said === 'object' && said.value !== undefined ? [{ check, status: 'known' as const, value: said.value, readAt, tookMs: 0 }] : [],
  );
  const baselines = baselinesFor(set.baselines, about, readings);
  const demands = baselines.map((baseline) => demandsOf(baseline, CATALOGUE));
  const clocks: Record<string, Clock> = {};
  const assessed = CATALOGUE.flatMap((check): Assessed[] => {
    const asked = demands.map((set) => set.get(check.id)).filter((demand) => demand !== undefined);
    if (asked.length === 0 && !Object.hasOwn(checks, check.id)) return [];
    const { verdict, proof = 'reported', failingFor } = saidOf(checks[check.id]);
    if (failingFor !== undefined) clocks[check.id] = { since: at - durationMs(failingFor) };
    return [{ check, reading: readings.find((reading) => reading.check === check.id), proof, verdict, judged: asked.map((demand) => ({ demand, verdict })) }];
  });
  const assessment: Assessment = { baselines, platform, catalogue: CATALOGUE, at: observedAt, checks: assessed };
  const bearing = { clocks, exemptions: set.exemptions.filter(({ devices }) => devices.includes(id)) };
  const facts = factsOf({ id, assurance }, assessment, bearing, { observedAt, readings: null, wanted: wantedChecks(set) });
  return { device: compliance === undefined ? facts : withCompliance(facts, compliance), state, owner, tags };
}

/** What somebody says of the whole goes before what follows from the parts. */
const withCompliance = (facts: DeviceFacts, compliance: Compliance): DeviceFacts => ({
  ...facts,
  timeline: [{ ...facts.timeline[0], compliance }],
});

/** What the decision on a question is made from. `at`: ms since the epoch, where it names no moment. `real`: the device as the service has it, in the place of an imagined one. */
export function inputOf(question: Question, set: PolicySet, at: number, real?: Imagined): DecisionInput {
  const request = requestOf(question);
  const moment = question.at === undefined ? at : Date.parse(question.at);
  const device = real ?? imagineDevice(question.device ?? 'none', request.subject.id, set, moment);
  return { id: 'what-if', request, ...device, at: moment, trustProperties: question.believed ?? true };
}
