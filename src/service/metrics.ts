/** What Prometheus is told. Names by its conventions: `_total` for counters, base units, few labels. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { complianceOf } from './appraiser.ts';
import type { Inventory } from './inventory.ts';

export interface Metrics {
  readonly registry: Registry;
  /** By `accepted`, `duplicate`, `superseded`, or the code of the refusal. */
  evidence(result: string): void;
  decision(outcome: string): void;
  limited(kind: string): void;
  committed(writes: number, ms: number): void;
  /** Devices are counted when they are asked for. */
  countDevices(inventory: Inventory, now: () => number): void;
  /** Which version of the policies is in force, when it is asked for. */
  showPolicies(active: () => { readonly number: number; readonly appliedAt: string }): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'stance_' });
  const counter = (name: string, help: string, label: string): ((value: string) => void) => {
    const counts = new Map<string, number>();
    new Counter({
      ...{ name, help, labelNames: [label], registers },
      // Told when it is asked for: counting stands on the path of every answer.
      collect() {
        this.reset();
        for (const [value, count] of counts) this.inc({ [label]: value }, count);
      },
    });
    return (value) => void counts.set(value, (counts.get(value) ?? 0) + 1);
  };
  const seconds = new Histogram({
    name: 'stance_commit_seconds',
    help: 'How long commits took.',
    buckets: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers,
  });
  const writes = new Histogram({ name: 'stance_commit_writes', help: 'Writes in one commit.', buckets: [1, 2, 5, 10, 20, 50, 100, 500], registers });
  return {
    registry,
    evidence: counter('stance_evidence_total', 'Evidence by what became of it: accepted, duplicate, superseded, or the code of the refusal.', 'result'),
    decision: counter('stance_decisions_total', 'Decisions by outcome.', 'outcome'),
    limited: counter('stance_rate_limited_total', 'Requests refused for their number, by what was limited.', 'kind'),
    committed(count, ms) {
      writes.observe(count);
      seconds.observe(ms / 1000);
    },
    showPolicies(active) {
      const number = { name: 'stance_policy_number', help: 'Version of the policies in force; 0 is the folder of the start.', registers };
      new Gauge({
        ...number,
        collect: function () {
          this.set(active().number);
        },
      });
      const applied = { name: 'stance_policy_applied_timestamp_seconds', help: 'When they were put into force.', registers };
      new Gauge({
        ...applied,
        collect: function () {
          this.set(Date.parse(active().appliedAt) / 1000);
        },
      });
    },
    countDevices(inventory, now) {
      new Gauge({
        name: 'stance_devices',
        help: 'Devices by state and compliance.',
        labelNames: ['state', 'compliance'],
        registers,
        collect() {
          this.reset();
          for (const device of inventory.all()) this.inc({ state: device.state, compliance: complianceOf(device, now()) });
        },
      });
    },
  };
}
