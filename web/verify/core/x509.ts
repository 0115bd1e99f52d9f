// Certificates (RFC 5280 §4), as far as seals, time stamps and their authorities need them.
import { from_base64, text_of_bytes, to_hex, type Bytes } from './bytes';
import { digest, verify_ecdsa, verify_rsa, type Curve, type Hash, type PublicKey } from './crypto';
import { inside, Items, NotDer, oid_text, read_der, small_number, tag, type Der } from './der';
import { time_of_parts, type Time } from './time';

export interface Certificate {
  der: Bytes;
  fingerprint: Bytes;   // SHA-256
  signed: Bytes;        // tbsCertificate
  algorithm: SignatureAlgorithm;
  signature: Bytes;
  serial: Bytes;        // DER of the INTEGER
  issuer: Bytes;        // DER of the Name
  subject: Bytes;
  subject_text: string; // RFC 2253
  issuer_text: string;
  not_before: Time;
  not_after: Time;
  key: PublicKey;
  ca?: { yes: boolean; path?: number };
  key_usage?: number;   // bit 0 (digitalSignature) is 0x80
  extended?: { uses: string[]; critical: boolean };
  subject_key?: string;
  authority_key?: string;
  unknown_critical: boolean;
}

export interface SignatureAlgorithm {
  kind: 'ecdsa' | 'rsa' | 'other';
  hash: Hash;
}

export const usage = { digital_signature: 0x80, non_repudiation: 0x40, cert_sign: 0x04 };
export const time_stamping = '1.3.6.1.5.5.7.3.8';

const signature_algorithms: Record<string, SignatureAlgorithm> = {
  '1.2.840.10045.4.3.2': { kind: 'ecdsa', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { kind: 'ecdsa', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { kind: 'ecdsa', hash: 'sha512' },
  '1.2.840.113549.1.1.11': { kind: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { kind: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { kind: 'rsa', hash: 'sha512' },
};
export const hash_of_oid: Record<string, Hash> = { '2.16.840.1.101.3.4.2.1': 'sha256', '2.16.840.1.101.3.4.2.2': 'sha384', '2.16.840.1.101.3.4.2.3': 'sha512' };
const curve_of_oid: Record<string, Curve> = { '1.2.840.10045.3.1.7': 'P-256', '1.3.132.0.34': 'P-384', '1.3.132.0.35': 'P-521' };
export const curve_octets: Record<Curve, number> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };
const rsa_encryption = '1.2.840.113549.1.1.1';
const ec_public_key = '1.2.840.10045.2.1';

const short_names: Record<string, string> = {
  '2.5.4.3': 'CN', '2.5.4.4': 'SN', '2.5.4.5': 'serialNumber', '2.5.4.6': 'C', '2.5.4.7': 'L', '2.5.4.8': 'ST', '2.5.4.9': 'street',
  '2.5.4.10': 'O', '2.5.4.11': 'OU', '2.5.4.12': 'title', '2.5.4.42': 'GN', '2.5.4.97': 'organizationIdentifier',
  '1.2.840.113549.1.9.1': 'emailAddress', '0.9.2342.19200300.100.1.25': 'DC', '0.9.2342.19200300.100.1.1': 'UID',
};

export const algorithm_of = (node: Der): { oid: string; parameters: Der | undefined } => {
  const in_it = inside(node, tag.sequence);
  const oid = oid_text(in_it.take(tag.oid));
  const parameters = node.items[1];
  if (node.items.length > 2) throw new NotDer('an algorithm has too many parts');
  return { oid, parameters };
};

export function signature_algorithm(node: Der): SignatureAlgorithm {
  return signature_algorithms[algorithm_of(node).oid] ?? { kind: 'other', hash: 'sha256' };
}

function string_of(node: Der): string {
  const bytes = node.content;
  if (node.tag === 0x1e) return Array.from({ length: bytes.length >> 1 }, (_, i) => String.fromCharCode(bytes[2 * i]! * 256 + bytes[2 * i + 1]!)).join('');
  if (node.tag === 0x14) return String.fromCharCode(...bytes);
  return text_of_bytes(bytes) ?? to_hex(bytes);
}

function escaped(text: string): string {
  const inner = text.replace(/[,+"\\<>;]/g, (c) => `\\${c}`).replace(/[\x00-\x1f\x7f]/g, (c) => `\\${c.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`);
  return inner.replace(/^([ #])/, '\\$1').replace(/ $/, '\\ ');
}

// RFC 2253: the last first.
export function name_text(name: Der): string {
  const relative = name.items.map((set) =>
    set.items.map((pair) => {
      const in_pair = inside(pair, tag.sequence);
      const oid = oid_text(in_pair.take(tag.oid));
      return `${short_names[oid] ?? oid}=${escaped(string_of(in_pair.any()))}`;
    }).join('+'),
  );
  return relative.reverse().join(',');
}

export function time_of(node: Der): Time {
  const text = text_of_bytes(node.content) ?? '';
  const found = node.tag === tag.utc_time ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text) : node.tag === tag.time ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text) : null;
  if (!found) throw new NotDer('a time cannot be read');
  const [year, month, day, hour, minute, second] = found.slice(1).map(Number) as [number, number, number, number, number, number];
  const full = node.tag === tag.utc_time ? (year < 50 ? 2000 : 1900) + year : year;
  const time = hour < 24 && minute < 60 && second < 60 ? time_of_parts(full, month, day, hour, minute, second) : undefined;
  if (time === undefined) throw new NotDer('a time cannot be read');
  return time;
}

function bits_of(node: Der): Bytes {
  if (node.tag !== tag.bits || node.content.length < 1) throw new NotDer('a bit string is missing');
  return node.content.subarray(1);
}

const integer_of = (node: Der): bigint => node.content.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

function public_key(node: Der): PublicKey {
  const in_it = inside(node, tag.sequence);
  const { oid, parameters } = algorithm_of(in_it.take(tag.sequence));
  const bits = bits_of(in_it.take(tag.bits));
  in_it.done();
  if (oid === ec_public_key && parameters?.tag === tag.oid) {
    const curve = curve_of_oid[oid_text(parameters)];
    return curve ? { kind: 'ec', curve, point: bits } : { kind: 'other' };
  }
  if (oid !== rsa_encryption) return { kind: 'other' };
  const numbers = inside(read_der(bits), tag.sequence);
  const modulus = numbers.take(tag.integer);
  const exponent = integer_of(numbers.take(tag.integer));
  numbers.done();
  const octets = modulus.content[0] === 0 ? modulus.content.length - 1 : modulus.content.length;
  return { kind: 'rsa', modulus: integer_of(modulus), exponent, octets };
}

function extension(out: Certificate, oid: string, critical: boolean, value: Der): void {
  switch (oid) {
    case '2.5.29.19': {
      const in_it = inside(value, tag.sequence);
      const yes = in_it.maybe(tag.boolean)?.content[0] === 255;
      const path = in_it.maybe(tag.integer);
      out.ca = path ? { yes, path: small_number(path) } : { yes };
      return;
    }
    case '2.5.29.15':
      out.key_usage = bits_of(value)[0] ?? 0;
      return;
    case '2.5.29.37':
      out.extended = { uses: value.items.map(oid_text), critical };
      return;
    case '2.5.29.14':
      out.subject_key = to_hex(value.content);
      return;
    case '2.5.29.35': {
      const id = value.items.find((item) => item.tag === 0x80);
      if (id) out.authority_key = to_hex(id.content);
      return;
    }
    case '2.5.29.17':  // alternative names
    case '2.5.29.32':  // policies: any is accepted
      return;
    default:
      if (critical) out.unknown_critical = true;
  }
}

function extensions(out: Certificate, list: Der): void {
  const seen = new Set<string>();
  for (const node of list.items) {
    const in_it = inside(node, tag.sequence);
    const oid = oid_text(in_it.take(tag.oid));
    const critical = in_it.maybe(tag.boolean)?.content[0] === 255;
    const value = in_it.take(tag.octets);
    in_it.done();
    if (seen.has(oid)) throw new NotDer('an extension stands twice');
    seen.add(oid);
    extension(out, oid, critical, read_der(value.content));
  }
}

function parse(der: Bytes): Certificate {
  const whole = inside(read_der(der), tag.sequence);
  const signed = whole.take(tag.sequence);
  const algorithm = whole.take(tag.sequence);
  const signature = bits_of(whole.take(tag.bits));
  whole.done();
  const fields = new Items(signed);
  fields.maybe(0xa0);  // version
  const serial = fields.take(tag.integer);
  const inner = fields.take(tag.sequence);
  const issuer = fields.take(tag.sequence);
  const validity = fields.take(tag.sequence);
  const subject = fields.take(tag.sequence);
  const key = public_key(fields.take(tag.sequence));
  fields.maybe(0x81);
  fields.maybe(0x82);
  const more = fields.maybe(0xa3);
  fields.done();
  const same = to_hex(inner.bytes) === to_hex(algorithm.bytes);
  if (!same || validity.items.length !== 2) throw new NotDer('a certificate contradicts itself');
  const out: Certificate = {
    der, fingerprint: digest(der), signed: signed.bytes, algorithm: signature_algorithm(algorithm), signature, serial: serial.bytes,
    issuer: issuer.bytes, subject: subject.bytes, subject_text: name_text(subject), issuer_text: name_text(issuer),
    not_before: time_of(validity.items[0]!), not_after: time_of(validity.items[1]!), key, unknown_critical: false,
  };
  if (more) extensions(out, inside(more, 0xa3).take(tag.sequence));
  return out;
}

const parsed = new Map<string, Certificate>();
// Undefined when it cannot be read.
export function read_certificate(der: Bytes): Certificate | undefined {
  if (der.length > 65_536) return undefined;
  const name = to_hex(digest(der));
  const known = parsed.get(name);
  if (known) return known;
  try {
    const certificate = parse(der.slice());
    if (parsed.size > 256) parsed.clear();
    parsed.set(name, certificate);
    return certificate;
  } catch {
    return undefined;
  }
}

// The certificates of a PEM text, up to the first that cannot be read.
export function read_pem(bytes: Bytes): Certificate[] {
  const found: Certificate[] = [];
  const text = String.fromCharCode(...bytes.subarray(0, 100_000));
  for (const block of text.matchAll(/^-----BEGIN CERTIFICATE-----[ \t]*\r?\n([A-Za-z0-9+/=\s]*)\n-----END CERTIFICATE-----[ \t]*\r?$/gm)) {
    const der = from_base64(block[1]!.replace(/\s/g, ''));
    const certificate = der && read_certificate(der);
    if (!certificate) break;
    found.push(certificate);
  }
  return found;
}

// An ECDSA signature's r and s as two numbers of the curve's length (RFC 3279 §2.2.3).
export function raw_ecdsa(der: Bytes, octets: number): Bytes | undefined {
  try {
    const in_it = inside(read_der(der), tag.sequence);
    const out = new Uint8Array(2 * octets);
    for (const end of [octets, 2 * octets]) {
      const { content } = in_it.take(tag.integer);
      const bare = content[0] === 0 ? content.subarray(1) : content;
      if (bare.length > octets || content[0]! & 128) return undefined;
      out.set(bare, end - bare.length);
    }
    in_it.done();
    return out;
  } catch {
    return undefined;
  }
}

export async function signed_with(key: PublicKey, algorithm: SignatureAlgorithm, signature: Bytes, message: Bytes): Promise<boolean> {
  if (key.kind === 'ec' && algorithm.kind === 'ecdsa') {
    const raw = raw_ecdsa(signature, curve_octets[key.curve]);
    return raw !== undefined && verify_ecdsa(key.curve, key.point, raw, message, algorithm.hash);
  }
  return key.kind === 'rsa' && algorithm.kind === 'rsa' && verify_rsa(key, signature, message, algorithm.hash);
}
