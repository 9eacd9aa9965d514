/** Believing one certificate authority, named by its hash when the device joins, and no other. */
import { X509Certificate } from 'node:crypto';
import { connect, type DetailedPeerCertificate, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { StanceError } from '../model/index.ts';

const TIMEOUT_MS = 10_000;
const MAX_CHAIN = 10;

let pinned = false;

/** What Node believes when nobody tells it otherwise. Asked only when a pin is given up: remembering it would cost every agent megabytes. */
function usualAuthorities(): string[] {
  const options = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ');
  const system = options.includes('--use-system-ca') || process.env.NODE_USE_SYSTEM_CA === '1';
  return [...getCACertificates('bundled'), ...getCACertificates('extra'), ...(system ? getCACertificates('system') : [])];
}

/**
 * From here on this process believes certificates under this authority (PEM) only: an agent speaks to its service and to nobody else.
 * Without one, it believes what it usually does.
 */
export function trustFor({ ca }: { readonly ca?: string }): void {
  if (ca !== undefined) setDefaultCACertificates([ca]);
  else if (pinned) setDefaultCACertificates(usualAuthorities());
  pinned = ca !== undefined;
}

/** 64 hexadecimal digits, as `openssl x509 -fingerprint -sha256` prints them, with or without colons. @throws StanceError `usage` */
export function parsePin(text: string): string {
  const pin = text
    .replace(/^sha256[:=]/i, '')
    .replaceAll(':', '')
    .toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(pin))
    throw new StanceError('usage', 'A CA pin is the SHA-256 of the certificate in hexadecimal: openssl x509 -in ca.pem -noout -fingerprint -sha256');
  return pin;
}

/** The certificates that a server shows, each under the one behind it. Nothing of it is believed yet. */
function shownChain(url: URL): Promise<X509Certificate[]> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const unreachable = (cause?: Error): StanceError =>
      new StanceError('service-unreachable', `${url.host} shows no certificate: ${cause?.message ?? `no answer within ${TIMEOUT_MS / 1000} s`}.`, { cause });
    // Nothing is sent and nothing believed: it is only looked at what is shown. What is pinned is verified in the connection that follows.
    const socket = connect({ host, port: Number(url.port || 443), servername: /^[\d.]+$|:/.test(host) ? '' : host, rejectUnauthorized: false }, () => {
      const chain: X509Certificate[] = [];
      let shown: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
      while (shown?.raw !== undefined && chain.length < MAX_CHAIN) {
        chain.push(new X509Certificate(shown.raw));
        shown = shown.issuerCertificate === shown ? undefined : shown.issuerCertificate;
      }
      socket.destroy();
      resolve(chain);
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(unreachable()));
    socket.on('error', (error) => reject(error instanceof StanceError ? error : unreachable(error)));
  });
}

/** The pinned authority, out of what the server shows, as PEM. @throws StanceError `service-unreachable`, `pin-mismatch`, `insecure-url` */
export async function findPinned(server: string, pin: string): Promise<string> {
  const url = new URL(server);
  if (url.protocol !== 'https:') throw new StanceError('insecure-url', `${server} is not https, so there is no certificate to pin.`);
  const chain = await shownChain(url);
  const pinned = chain.find(({ fingerprint256 }) => fingerprint256.replaceAll(':', '').toLowerCase() === pin);
  if (pinned === undefined) {
    throw new StanceError(
      'pin-mismatch',
      `None of the ${chain.length} certificates that ${url.host} shows is the pinned one. Is the pin right, and does the service send its authority's certificate too? Otherwise somebody stands in between.`,
    );
  }
  return pinned.toString();
}
