/** The real service with the posture of a made-up company. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { publicJwkOf, sha256 } from '../../src/attest/node.ts';
import { BUNDLED_CATALOG } from '../../src/checks/index.ts';
import { canonicalJson } from '../../src/model/index.ts';
import { loadPolicies } from '../../src/policy/index.ts';
import { startService } from '../../src/service/index.ts';
import { newDevice } from '../../src/service/new-device.ts';
import { openSqlite } from '../../src/service/store/sqlite.ts';
import { TOKEN } from './decisions.ts';
import { deviceId, factsOf, policyFiles } from './fleet.ts';
import { listening, received } from './server.ts';

const { devices: count } = await received<{ readonly devices: number }>();
const folder = mkdtempSync(path.join(tmpdir(), 'stance-bench-'));
const location = path.join(folder, 'service.db');
const jwk = publicJwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const at = Date.now();
const store = openSqlite(location);
const instant = new Date(at).toISOString();
// As the service would name what it judged by, so that it does not judge again by evidence that there is none of.
const factsVersion = `${loadPolicies(policyFiles).version} ${sha256(canonicalJson(BUNDLED_CATALOG))}`;
/** Devices in one piece: all million of them at once would be held twice. */
const PIECE = 10_000;
for (let first = 0; first < count; first += PIECE) {
  const indexes = Array.from({ length: Math.min(PIECE, count - first) }, (_, index) => first + index);
  const devices = indexes.map((index) => newDevice({ id: deviceId(index), jwk, epoch: 'bench', platform: 'linux', enrolledAt: instant }));
  store.atOnce(() => devices.forEach((device) => void store.addDevice(device)));
  store.writeDevices(
    devices.map((device, index) => {
      const facts = factsOf(first + index, at);
      const head = { epoch: 'bench', seq: 1, hash: 'h', digest: 'd' };
      const evidence = { ...head, kind: 'heartbeat' as const, jws: '', observedAt: instant, receivedAt: instant, compliance: facts.timeline[0].compliance };
      return { before: device, after: { ...device, head, facts, factsVersion, revision: 1 }, evidence };
    }),
  );
}
store.close();
const service = await startService({
  listen: '127.0.0.1:0',
  store: `sqlite:${location}`,
  state: folder,
  policies: policyFiles,
  adminToken: TOKEN,
  version: 'bench',
});
process.on('SIGINT', () => process.exit(0));
listening(Number(new URL(service.url).port));
