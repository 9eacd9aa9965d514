/** The service's certificate: read at the start, read again when its files change, with no connection lost. */

import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { FastifyBaseLogger } from 'fastify';
import { StanceError } from '../model/index.ts';

export interface TlsFiles {
  /** PEM: the certificate and what stands above it, the root too where devices are to pin it. */
  readonly certificate: string;
  readonly key: string;
}

export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
}

const RELOAD_EVERY_MS = 5_000;

/** @throws StanceError `tls-invalid`: a file is missing, or the two do not belong together. */
export function readTls({ certificate, key }: TlsFiles): TlsMaterial {
  try {
    const material = { cert: readFileSync(certificate), key: readFileSync(key) };
    createSecureContext(material);
    return material;
  } catch (cause) {
    throw new StanceError(
      'tls-invalid',
      `The certificate ${certificate} and its key ${key} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

const stampOf = ({ certificate, key }: TlsFiles): string =>
  [certificate, key]
    .map((file) => {
      const { mtimeMs, size, ino } = statSync(file);
      return `${mtimeMs} ${size} ${ino}`;
    })
    .join();

/** Applies new files when they come; the old ones stay in use while the new ones are not whole. Returns how to stop. */
export function watchTls(files: TlsFiles, apply: (material: TlsMaterial) => void, log: FastifyBaseLogger): () => void {
  let known = stampOf(files);
  const timer = setInterval(() => {
    try {
      const stamp = stampOf(files);
      if (stamp === known) return;
      apply(readTls(files));
      known = stamp;
      log.info({ certificate: files.certificate }, 'certificate renewed');
    } catch (error) {
      log.error({ err: error }, 'the new certificate cannot be used; the old one stays');
    }
  }, RELOAD_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
