/** A compressed body, which could unfold to any size, is refused as such and never unfolded. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { EVIDENCE_MEDIA_TYPE } from '../../../../src/model/index.ts';
import { defineAttack } from '../../attack.ts';

const MEGABYTE = Buffer.alloc(1024 * 1024, 'x');

export default defineAttack({
  gets: '415 encoding-unsupported',
  async run({ send, wire }) {
    const bombs = {
      gzip: gzipSync(MEGABYTE),
      deflate: deflateSync(MEGABYTE),
      br: brotliCompressSync(MEGABYTE),
      'gzip, gzip': gzipSync(gzipSync(MEGABYTE)),
    };
    const routes = { '/v1/evidence': EVIDENCE_MEDIA_TYPE, '/v1/nonces': 'application/json' };
    const sent = Object.entries(routes).flatMap(([path, type]) =>
      Object.entries(bombs).map(([encoding, body]) => send('POST', path, { body, headers: { 'content-type': type, 'content-encoding': encoding } })),
    );
    const inTransfer = ['gzip, chunked', 'xchunked', 'identity'].map((encoding) =>
      wire(
        `POST /v1/nonces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: ${encoding}\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`,
      ),
    );
    return Promise.all([...sent, ...inTransfer]);
  },
});
