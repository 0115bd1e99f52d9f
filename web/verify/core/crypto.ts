// Digests and signatures. ECDSA over P-256, of which a package has dozens, by WebCrypto where the page has it (secure contexts, to
// which files belong in Chromium and Firefox); everything else, and P-256 elsewhere, by @noble, so that the verdict never
// depends on where the page was opened. Both are tried by the tests.
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { equal, from_hex, joined, type Bytes } from './bytes';

export type Hash = 'sha256' | 'sha384' | 'sha512';
export type Curve = 'P-256' | 'P-384' | 'P-521';
export type PublicKey = { kind: 'ec'; curve: Curve; point: Bytes } | { kind: 'rsa'; modulus: bigint; exponent: bigint; octets: number } | { kind: 'other' };

const hashes = { sha256, sha384, sha512 };
const curves = { 'P-256': p256, 'P-384': p384, 'P-521': p521 };

export const digest = (bytes: Bytes, by: Hash = 'sha256'): Bytes => hashes[by](bytes);
export const hmac_sha256 = (key: Bytes, message: Bytes): Bytes => hmac(sha256, key, message);

let web: SubtleCrypto | undefined = globalThis.crypto?.subtle;
export const uses_web_crypto = (): boolean => web !== undefined;
// For tests and measurements: without WebCrypto, as on a page from an address that is not secure.
export function use_web_crypto(wanted: boolean): void {
  web = wanted ? globalThis.crypto?.subtle : undefined;
}

const imported = new Map<string, Promise<CryptoKey>>();
async function web_verify(point: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  const name = point.join();
  let key = imported.get(name);
  if (!key) {
    key = web!.importKey('raw', point.slice(), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
    if (imported.size > 64) imported.clear();
    imported.set(name, key);
  }
  return web!.verify({ name: 'ECDSA', hash: 'SHA-256' }, await key, signature.slice(), message.slice());
}

// `signature`: r and s, each of the curve's length.
export async function verify_ecdsa(curve: Curve, point: Bytes, signature: Bytes, message: Bytes, by: Hash): Promise<boolean> {
  try {
    if (web && curve === 'P-256' && by === 'sha256' && point[0] === 4) return await web_verify(point, signature, message);
    return curves[curve].verify(signature, digest(message, by), point, { prehash: false, lowS: false });
  } catch {
    return false;  // not a point of the curve, not a signature
  }
}

export function verify_ed25519(public_key: Bytes, signature: Bytes, message: Bytes): boolean {
  try {
    return ed25519.verify(signature, message, public_key, { zip215: false });
  } catch {
    return false;
  }
}

// DigestInfo's beginning (RFC 8017 §9.2, note 1).
const digest_info: Record<Hash, Bytes> = {
  sha256: from_hex('3031300d060960864801650304020105000420')!,
  sha384: from_hex('3041300d060960864801650304020205000430')!,
  sha512: from_hex('3051300d060960864801650304020305000440')!,
};

const number_of = (bytes: Bytes): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let out = 1n;
  for (let at = base % modulus; exponent > 0n; exponent >>= 1n, at = (at * at) % modulus) if (exponent & 1n) out = (out * at) % modulus;
  return out;
}

// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.2): the encoded message is built and compared, never parsed.
export function verify_rsa(key: PublicKey & { kind: 'rsa' }, signature: Bytes, message: Bytes, by: Hash): boolean {
  if (key.octets < 256 || key.octets > 1024 || signature.length !== key.octets || key.exponent < 3n || key.exponent >= 1n << 33n) return false;
  const value = number_of(signature);
  if (value >= key.modulus) return false;
  let rest = power(value, key.exponent, key.modulus);
  const encoded = new Uint8Array(key.octets);
  for (let i = encoded.length - 1; i >= 0; i -= 1, rest >>= 8n) encoded[i] = Number(rest & 255n);
  const tail = joined(Uint8Array.of(0), digest_info[by], digest(message, by));
  const head = new Uint8Array(key.octets - tail.length).fill(255);
  head.set([0, 1]);
  return equal(encoded, joined(head, tail));
}
