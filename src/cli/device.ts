/** `stance device`: what the service knows of devices, and what becomes of them. */

import type { Compliance, DeviceState, Verdict } from '../model/index.ts';
import { adviceFor, branchRows, type DeviceBranch, type DeviceChain, epochNames } from './device-branches.ts';
import { ago, complianceWord, csv, heading, say, sayJson, table, verdictWord } from './output.ts';
import { call, type RemoteOptions } from './remote.ts';

interface DeviceRow {
  readonly id: string;
  readonly platform: string;
  readonly state: DeviceState;
  readonly assurance: string;
  readonly compliance: Compliance;
  readonly lastReportedAt: string | null;
  readonly failing: readonly string[];
}

async function all(options: RemoteOptions, query: string): Promise<DeviceRow[]> {
  const devices: DeviceRow[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = (await call(options, 'GET', `/v1/devices?limit=500${query}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)) as {
      devices: DeviceRow[];
      next: string | null;
    };
    devices.push(...page.devices);
    cursor = page.next;
  }
  return devices;
}

export async function listDevices(options: RemoteOptions & { failing?: string | true; csv?: boolean }): Promise<number> {
  const failing = options.failing === undefined ? '' : `&failing=${options.failing === true ? 'any' : encodeURIComponent(options.failing)}`;
  const devices = await all(options, failing);
  if (options.json) sayJson({ devices });
  else if (options.csv) {
    const rows = devices.map((device) => [
      device.id,
      device.platform,
      device.state,
      device.assurance,
      device.compliance,
      device.lastReportedAt ?? '',
      device.failing.join(' '),
    ]);
    say(csv([['id', 'platform', 'state', 'assurance', 'compliance', 'last_reported_at', 'failing'], ...rows]));
  } else if (devices.length === 0) say(options.failing === undefined ? 'No device is enrolled yet.' : 'No device fails.');
  else
    say(
      table(
        devices.map((device) => [
          complianceWord(device.compliance),
          device.id,
          device.platform,
          device.state,
          ago(device.lastReportedAt),
          device.failing.join(', '),
        ]),
      ),
    );
  return 0;
}

interface DeviceDetail extends DeviceRow {
  readonly enrolledAt: string;
  readonly stateReason: string | null;
  readonly owner: string | null;
  readonly predecessor: string | null;
  readonly chain: DeviceChain;
  readonly branches: readonly DeviceBranch[];
  readonly description: Readonly<Record<string, string>>;
  readonly checks: readonly {
    readonly check: string;
    readonly title: string;
    readonly verdict: Verdict;
    readonly because?: string;
    readonly reason?: string;
  }[];
}
interface HistoryRow {
  readonly epoch: string;
  readonly seq: number;
  readonly kind: string;
  readonly receivedAt: string;
  readonly compliance: Compliance;
}

export async function showDevice(id: string, options: RemoteOptions): Promise<number> {
  const path = `/v1/devices/${encodeURIComponent(id)}`;
  const device = (await call(options, 'GET', path)) as DeviceDetail;
  const { history } = (await call(options, 'GET', `${path}/history?limit=10`)) as { history: HistoryRow[] };
  if (options.json) {
    sayJson({ ...device, history });
    return 0;
  }
  say(`${heading(device.id)}  ${complianceWord(device.compliance)}`);
  const facts: [string, string][] = [
    ['system', [device.platform, device.description.os, device.description.osVersion].filter(Boolean).join(' ')],
    ['model', [device.description.manufacturer, device.description.model].filter(Boolean).join(' ')],
    ['serial number', device.description.serialNumber ?? ''],
    ['state', [device.state, device.stateReason].filter(Boolean).join(': ')],
    ['what to do', adviceFor(device.state, device.id) ?? ''],
    ['owner', device.owner ?? ''],
    ['was before', device.predecessor ?? ''],
    ['assurance', device.assurance],
    ['enrolled', ago(device.enrolledAt)],
    ['last report', ago(device.lastReportedAt)],
  ];
  say(table(facts.filter(([, value]) => value !== '')));
  say();
  say(table(device.checks.map((check) => [verdictWord(check.verdict), check.title, check.check, check.because ?? check.reason ?? ''])));
  say();
  const [epochName, branches] = [epochNames(device.chain), branchRows(device.chain, device.branches)];
  const place = ({ epoch, seq }: HistoryRow): string => (branches.length === 0 ? String(seq) : `${epochName(epoch)} ${seq}`);
  say(table(history.map((row) => [place(row), row.kind, ago(row.receivedAt), complianceWord(row.compliance)])));
  if (branches.length > 0) {
    say();
    say(heading('Branches: its key signed evidence that does not follow what came before'));
    say(table(branches));
  }
  return 0;
}

/** Approve, revoke, retire: a word of the administrator, with a reason that is kept. */
export const ruleOnDevice =
  (verb: 'approve' | 'revoke' | 'retire') =>
  async (id: string, options: RemoteOptions & { reason: string }): Promise<number> => {
    const device = (await call(options, 'POST', `/v1/devices/${encodeURIComponent(id)}/${verb}`, { reason: options.reason })) as DeviceRow;
    if (options.json) sayJson(device);
    else say(`${device.id} is ${device.state}.`);
    return 0;
  };

export async function eraseDevice(id: string, options: RemoteOptions): Promise<number> {
  await call(options, 'DELETE', `/v1/devices/${encodeURIComponent(id)}`);
  if (options.json) sayJson({ erased: id });
  else say(`${id} is erased, with its evidence and the decisions on it.`);
  return 0;
}

/** A person's devices go, and the person is taken out of the decisions that are kept. */
export async function erasePerson(subject: string, options: RemoteOptions): Promise<number> {
  const erased = (await call(options, 'POST', '/v1/erasures', { subject })) as { devices: readonly string[]; decisions: number };
  if (options.json) sayJson(erased);
  else say(`${erased.devices.length} devices are erased, and the person is taken out of ${erased.decisions} decisions.`);
  return 0;
}
