/** `stance device list | show`: what the service knows of devices. */

import type { Compliance, Verdict } from '../model/index.ts';
import { ago, complianceWord, csv, heading, say, sayJson, table, verdictWord } from './output.ts';
import { call, type RemoteOptions } from './remote.ts';

interface DeviceRow {
  readonly id: string;
  readonly platform: string;
  readonly state: string;
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
    ['state', device.state],
    ['assurance', device.assurance],
    ['enrolled', ago(device.enrolledAt)],
    ['last report', ago(device.lastReportedAt)],
  ];
  say(table(facts.filter(([, value]) => value !== '')));
  say();
  say(table(device.checks.map((check) => [verdictWord(check.verdict), check.title, check.check, check.because ?? check.reason ?? ''])));
  say();
  say(table(history.map((row) => [String(row.seq), row.kind, ago(row.receivedAt), complianceWord(row.compliance)])));
  return 0;
}
