/** The real service on a real database, with devices that are enrolled already. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DEFAULT_POLICIES, readPolicyFolder } from '../../src/cli/policy-files.ts';
import { startService } from '../../src/service/index.ts';
import { newDevice } from '../../src/service/new-device.ts';
import { openSqlite } from '../../src/service/store/sqlite.ts';
import type { IngestData } from './ingest.ts';
import { listening, received } from './server.ts';

const { folder, audience, nonceSecret, devices } = await received<IngestData>();
mkdirSync(folder, { recursive: true });
const keys = {
  serviceId: audience.slice('urn:stance:service:'.length),
  signingKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  nonceKeys: [{ id: 1, secret: Buffer.from(nonceSecret).toString('base64url') }],
};
writeFileSync(path.join(folder, 'service-keys.json'), JSON.stringify(keys), { mode: 0o600 });
const store = openSqlite(path.join(folder, 'service.db'));
for (const { id, jwk, epoch } of devices) {
  store.addDevice(newDevice({ id, jwk, epoch, platform: 'linux', enrolledAt: new Date().toISOString() }));
}
store.close();
const service = await startService({
  listen: '127.0.0.1:0',
  store: `sqlite:${path.join(folder, 'service.db')}`,
  state: folder,
  policies: readPolicyFolder(DEFAULT_POLICIES),
  version: 'bench',
});
listening(Number(new URL(service.url).port));
