/** A certificate authority for tests, and certificates under it for this machine's loopback address. */
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

function openssl(folder: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
}
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'] as const;

/** Makes an authority in a folder; the SHA-256 of its certificate is its pin. */
export function makeAuthority(folder: string): { readonly pin: string } {
  openssl(folder, 'req', '-x509', ...NEW_KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Stance test authority', '-days', '2');
  return { pin: new X509Certificate(readFileSync(path.join(folder, 'ca.pem'))).fingerprint256 };
}

/** Writes `cert.pem` (with the authority behind it) and `key.pem`, over what was there. */
export function issueCertificate(folder: string, name: string): void {
  openssl(folder, 'req', ...NEW_KEY, '-keyout', 'new.key', '-out', 'new.csr', '-subj', `/CN=${name}`);
  writeFileSync(path.join(folder, 'extensions'), 'subjectAltName=IP:127.0.0.1\n');
  openssl(
    folder,
    'x509',
    '-req',
    '-in',
    'new.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'extensions',
    '-out',
    'new.pem',
  );
  writeFileSync(path.join(folder, 'key.pem'), readFileSync(path.join(folder, 'new.key')));
  writeFileSync(path.join(folder, 'cert.pem'), Buffer.concat([readFileSync(path.join(folder, 'new.pem')), readFileSync(path.join(folder, 'ca.pem'))]));
}
