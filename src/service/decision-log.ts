/**
 * Decisions are kept, off the path of the answer: who asked for what on which device, and what was said. What the device was like
 * is kept once for each change of it, with every value that was read, and named by the decisions: so another set of policies can
 * be tried on what has been asked (`decision-history.ts`). Nobody waits for the disk: when the power fails, the last second or two may be lost.
 */
import { hash } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import { decodeEvidence } from '../attest/index.ts';
import type { Decision, Reading } from '../model/index.ts';
import { type DecisionInput, type DeviceFacts, type Span, spanFor } from '../policy/index.ts';
import type { LoggedDecision, LoggedPosture } from './decision-history.ts';
import { plainJson, rememberText, reportedJson, wordJson, wordsJson } from './json-text.ts';
import { createLines } from './lines.ts';
import type { Store, StoredPosture } from './store/store.ts';

const FLUSH_MS = 1_000;
/** Most decisions that wait to be written; beyond it new ones are dropped, and the log of the service says how many. */
const MAX_WAITING = 100_000;
/** Postures written with one flush: each takes the reading of an evidence, and answers wait meanwhile. */
const MAX_POSTURES = 200;
const MAX_KNOWN = 500_000;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface DecisionLog {
  /** `request`: the JSON text that was asked. `evidence`: hash of the evidence that the device was judged by. */
  add(request: string, decision: Decision, input: DecisionInput, evidence: string | undefined): void;
  /** Writes some of what waits. */
  flush(): void;
  /** Writes all that waits, unless the store takes nothing. */
  settle(): void;
  /** Writes what waits and stops. */
  close(): void;
}

interface Pending {
  readonly device: DeviceFacts;
  readonly text: string;
}

/** Whose the device is to the person who asks; a person is named by the request alone, so that erasing finds them in one place. */
function ownerOf({ owner, request }: DecisionInput): LoggedDecision['owner'] {
  if (owner === null) return undefined;
  return owner === request.subject.id ? 'self' : owner.startsWith('group:') ? owner : 'other';
}
const NO_TAGS: readonly string[] = [];

const policiesJson = rememberText<Decision['context']['policies']>(({ unmet, blocked, report_only }) => {
  const reported = report_only.length === 0 ? '' : `,"report_only":${reportedJson(report_only)}`;
  return `"unmet":${wordsJson(unmet)},"blocked":${wordsJson(blocked)}${reported}`;
});

export function createDecisionLog({ store, now, log }: { readonly store: Store; readonly now: () => number; readonly log: FastifyBaseLogger }): DecisionLog {
  const lines = createLines();
  let since = 0;
  let dropped = 0;
  let failing = false;
  const keys = new WeakMap<Span, string>();
  let known = new Map<string, number>();
  const pending = new Map<string, Pending>();

  /** The name of what a device is like. The same as long as nothing but times changes; worked out once for each evidence. */
  function keyOf(device: DeviceFacts, span: Span, tags: readonly string[]): string {
    const made = keys.get(span);
    if (made !== undefined) return made;
    const { platform, assurance, verdicts, proofs } = device;
    const { compliance, checks, stale } = span;
    const posture: LoggedPosture = { platform, assurance, tags, verdicts, ...(proofs === undefined ? {} : { proofs }), compliance, checks, stale };
    const text = JSON.stringify(posture);
    const key = hash('sha256', `${device.id} ${device.readings} ${text}`, 'base64url').slice(0, 22);
    keys.set(span, key);
    if ((known.get(key) ?? 0) < now() - DAY_MS && pending.size < MAX_WAITING) pending.set(key, { device, text });
    return key;
  }

  /** The readings of an evidence that was verified when it came. One that this version cannot read any more keeps no decision from being kept: its values are not known. */
  function readingsIn(jws: string): readonly Reading[] {
    try {
      const { stance } = decodeEvidence(jws).claims;
      return stance.kind === 'full' ? stance.readings : [];
    } catch (error) {
      log.warn({ cause: String(error).slice(0, 200) }, 'stored evidence cannot be read; decisions are kept without its values');
      return [];
    }
  }

  /** Every value of the evidence that it stands on. */
  function withValues(key: string, { device, text }: Pending): StoredPosture {
    const jws = device.readings === null ? null : store.evidence(device.id, device.readings);
    const readings = jws === null ? [] : readingsIn(jws);
    const values = Object.fromEntries(readings.flatMap((reading) => (reading.status === 'known' ? [[reading.check, reading.value]] : [])));
    return { key, device: device.id, posture: `${text.slice(0, -1)},"values":${JSON.stringify(values)}}` };
  }

  function firstPending(): [string, Pending][] {
    const taken: [string, Pending][] = [];
    for (const one of pending) {
      if (taken.length >= MAX_POSTURES) break;
      taken.push(one);
    }
    return taken;
  }

  function flush(): void {
    const { count } = lines;
    if (count === 0 && pending.size === 0) return;
    const taken = firstPending();
    try {
      store.addDecisions(
        { since, until: now(), count, lines: lines.written() },
        taken.map(([key, one]) => withValues(key, one)),
      );
      if (known.size > MAX_KNOWN) known = new Map();
      for (const [key] of taken) {
        pending.delete(key);
        known.set(key, now());
      }
    } catch (error) {
      // They wait for better times; the log says it once.
      if (!failing) log.warn({ cause: String(error).slice(0, 200), waiting: count }, 'decisions cannot be kept now; they wait for the store');
      failing = true;
      return;
    }
    // The disk is asked to keep them, and no answer waits for it. One that cannot is noted by whoever watches the store.
    store.flushed().catch(() => undefined);
    if (dropped > 0) log.warn({ dropped }, 'more decisions than could be kept');
    lines.clear();
    dropped = 0;
    failing = false;
  }
  /** Each flush takes some of the postures only; one that fails takes none. */
  function settle(): void {
    do flush();
    while (pending.size > 0 && !failing);
  }
  const timer = setInterval(flush, FLUSH_MS);
  timer.unref();

  /** The members of `LoggedDecision`, and the request; put together, because there is one at each decision. */
  function lineOf(request: string, { context }: Decision, input: DecisionInput, evidence: string | undefined, at: number): string {
    const { device, state } = input;
    let line = `{"id":${plainJson(context.id)},"at":${at},"outcome":"${context.outcome}",${policiesJson(context.policies)},"version":${wordJson(
      context.policy_version,
    )}`;
    if (input.trustProperties) line += ',"believed":true';
    if (input.degraded) line += ',"degraded":true';
    if (state !== null) line += `,"state":"${state}"`;
    const owner = ownerOf(input);
    if (owner !== undefined) line += `,"owner":${wordJson(owner)}`;
    if (device !== null) {
      const posture = keyOf(device, spanFor(device, input.request.resource, input.at), input.tags ?? NO_TAGS);
      line += `,"device":${plainJson(device.id)},"posture":"${posture}","observedAt":${device.observedAt}`;
    }
    if (evidence !== undefined) line += `,"evidence":${plainJson(evidence)}`;
    // One line each, and each text in one spelling, so that whoever is to be erased is found; most requests are so and go in as they came.
    const plain = request.includes('\\') || request.includes('\n') ? JSON.stringify(JSON.parse(request)) : request;
    return `${line},"request":${plain}}`;
  }

  return {
    add(request, decision, input, evidence) {
      const at = now();
      if (lines.count === 0) since = at;
      if (lines.count >= MAX_WAITING) dropped++;
      else lines.add(lineOf(request, decision, input, evidence, at));
    },
    flush,
    settle,
    close() {
      clearInterval(timer);
      settle();
    },
  };
}
