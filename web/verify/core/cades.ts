// The signature over the manifest: CMS SignedData as src/evidence/cades.cpp writes it. It is rebuilt from certificate, time and
// signature value and compared: no octet of it is free.
import { compare, equal, utf8, type Bytes } from './bytes';
import { digest, verify_ecdsa } from './crypto';
import { inside, oid_text, read_der, tag, write_der, write_oid } from './der';
import { date_of, type Time } from './time';
import { raw_ecdsa, read_certificate, time_of, type Certificate } from './x509';

const data = '1.2.840.113549.1.7.1';
const signed_data = '1.2.840.113549.1.7.2';
const signing_time = '1.2.840.113549.1.9.5';
const context_0 = 0xa0;

const sequence = (...parts: Bytes[]): Bytes => write_der(tag.sequence, ...parts);
const octets = (bytes: Bytes): Bytes => write_der(tag.octets, bytes);
const attribute = (oid: string, value: Bytes): Bytes => sequence(write_oid(oid), write_der(tag.set, value));
const algorithm = (oid: string): Bytes => sequence(write_oid(oid));

// RFC 5652 §11.3: UTCTime up to 2049.
function der_time(at: Time): Bytes {
  const date = date_of(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const rest = [date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join('');
  const year = String(date.getUTCFullYear()).padStart(4, '0');
  return date.getUTCFullYear() < 2050 ? write_der(tag.utc_time, utf8(`${year.slice(2)}${rest}Z`)) : write_der(tag.time, utf8(`${year}${rest}Z`));
}

function signed_attributes(content: Bytes, certificate: Certificate, at: Time): Bytes[] {
  return [
    attribute('1.2.840.113549.1.9.3', write_oid(data)),
    attribute('1.2.840.113549.1.9.4', octets(digest(content))),
    attribute(signing_time, der_time(at)),
    attribute('1.2.840.113549.1.9.16.2.47', sequence(sequence(sequence(octets(certificate.fingerprint))))),
  ].sort(compare);
}

function assembled(attributes: Bytes[], certificate: Certificate, signature: Bytes): Bytes {
  const one = write_der(tag.integer, Uint8Array.of(1));
  const sha256 = algorithm('2.16.840.1.101.3.4.2.1');
  const signer = sequence(one, sequence(certificate.issuer, certificate.serial), sha256, write_der(context_0, ...attributes), algorithm('1.2.840.10045.4.3.2'), octets(signature));
  const body = sequence(one, write_der(tag.set, sha256), sequence(write_oid(data)), write_der(context_0, certificate.der), write_der(tag.set, signer));
  return sequence(write_oid(signed_data), write_der(context_0, body));
}

interface Parts {
  certificate: Certificate;
  time: Time;
  signature: Bytes;
}

function parts_of(p7s: Bytes): Parts {
  const whole = inside(read_der(p7s), tag.sequence);
  if (oid_text(whole.take(tag.oid)) !== signed_data) throw new Error();
  const body = inside(inside(whole.take(context_0), context_0).take(tag.sequence), tag.sequence);
  body.take(tag.integer);
  body.take(tag.set);
  body.take(tag.sequence);
  const certificates = body.take(context_0);
  const signers = body.take(tag.set);
  if (certificates.items.length !== 1 || signers.items.length !== 1) throw new Error();
  const certificate = read_certificate(certificates.items[0]!.bytes);
  const signer = inside(signers.items[0]!, tag.sequence);
  signer.take(tag.integer);
  signer.take(tag.sequence);
  signer.take(tag.sequence);
  const attributes = signer.take(context_0);
  signer.take(tag.sequence);
  const signature = signer.take(tag.octets).content;
  const time = attributes.items.find((one) => one.items[0]?.tag === tag.oid && oid_text(one.items[0]) === signing_time)?.items[1]?.items[0];
  if (!certificate || !time) throw new Error();
  return { certificate, time: time_of(time), signature };
}

export interface Opened {
  certificate: Certificate;
  time: Time;
}

// The signer and the claimed time, or what is wrong.
export async function open_cades(p7s: Bytes, content: Bytes): Promise<Opened | string> {
  const malformed = "The package's signature is not a CAdES signature as Rapport writes it.";
  if (p7s.length > 65_536) return malformed;
  let parts: Parts;
  try {
    parts = parts_of(p7s);
  } catch {
    return malformed;
  }
  const { certificate, time, signature } = parts;
  const attributes = signed_attributes(content, certificate, time);
  const raw = raw_ecdsa(signature, 32);
  const { key } = certificate;
  const good = key.kind === 'ec' && key.curve === 'P-256' && raw && (await verify_ecdsa('P-256', key.point, raw, write_der(tag.set, ...attributes), 'sha256'));
  if (!good) return 'The signature does not fit the manifest: one of them was changed.';
  if (!equal(assembled(attributes, certificate, signature), p7s)) return malformed;
  return { certificate, time };
}

