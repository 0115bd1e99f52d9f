// What a package's files are called, and the manifest that names their digests (src/evidence/manifest.cpp).
import { to_base64, utf8, type Bytes } from './bytes';
import { digest } from './crypto';
import { ns, uri, type EventInfo } from './events';
import type { Entry } from './zip';

export const media_type = 'application/vnd.etsi.asic-e+zip';
export const file = {
  mimetype: 'mimetype',
  index: 'index.json',
  erased: 'content/ERASED.txt',
  damaged: 'content/DAMAGED.txt',
  withheld: 'content/WITHHELD.txt',
  checkpoint: 'log/checkpoint',
  log_key: 'log/key.txt',
  log_key_pem: 'log/key.pem',
  checkpoint_token: 'timestamps/checkpoint.tst',
  seal: 'certificates/seal.pem',
  roots: 'certificates/roots.pem',
  manifest: 'META-INF/ASiCManifest.xml',
  signature: 'META-INF/signature001.p7s',
};
const two_digits = (number: bigint): string => String(BigInt.asUintN(64, number)).padStart(2, '0');
export const evidence_file = (number: bigint, event: EventInfo): string => `evidence/${two_digits(number)}-${event.label}-${event.name}.xml`;
export const proof_file = (number: bigint): string => `log/${two_digits(number)}.tlog-proof`;
export const token_file = (number: bigint): string => `timestamps/${two_digits(number)}.tst`;

const media_types: [string, string][] = [
  ['.xml', 'text/xml'], ['.txt', 'text/plain'], ['.html', 'text/html'], ['.json', 'application/json'], ['.pdf', 'application/pdf'], ['.pem', 'application/x-pem-file'],
  ['.tst', 'application/timestamp-token'], ['.tlog-proof', 'text/plain'], ['/checkpoint', 'text/plain'], ['.png', 'image/png'], ['.jpg', 'image/jpeg'], ['.csv', 'text/csv'],
];
const media_type_of = (name: string): string => media_types.find(([ending]) => name.endsWith(ending))?.[1] ?? 'application/octet-stream';

export interface Listed {
  name: string;
  digest: string;  // base64
}
// The digests of every entry but `mimetype` and those in META-INF.
export async function listed(entries: Entry[], breathe: () => Promise<void>): Promise<Listed[]> {
  const out: Listed[] = [];
  for (const { name, content } of entries) {
    if (name === file.mimetype || name.startsWith('META-INF/')) continue;
    out.push({ name, digest: to_base64(digest(content)) });
    await breathe();
  }
  return out;
}

export function asic_manifest(all: Listed[]): Bytes {
  const lines = all.map(
    ({ name, digest: value }) =>
      `<asic:DataObjectReference URI="${name}" MimeType="${media_type_of(name)}"><ds:DigestMethod Algorithm="${uri.sha256}"/><ds:DigestValue>${value}</ds:DigestValue></asic:DataObjectReference>\n`,
  );
  return utf8(
    `<?xml version="1.0" encoding="UTF-8"?>\n<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="${ns.ds}">\n` +
      `<asic:SigReference URI="${file.signature}" MimeType="application/pkcs7-signature"/>\n${lines.join('')}</asic:ASiCManifest>\n`,
  );
}
