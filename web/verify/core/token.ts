// Time-stamp tokens (RFC 3161 §2.4.2, RFC 5816): a CMS SignedData over TSTInfo, believed only after every check that
// src/evidence/time_stamp.cpp makes.
import { equal, text_of_bytes, type Bytes } from './bytes';
import { is_time_stamper, type Trust } from './chain';
import { digest, type Hash } from './crypto';
import { inside, Items, NotDer, oid_text, read_der, small_number, tag, write_der, type Der } from './der';
import { time_from_text, type Time } from './time';
import { algorithm_of, hash_of_oid, read_certificate, signature_algorithm, signed_with, type Certificate, type SignatureAlgorithm } from './x509';

export interface Stamp {
  time: Time;
  accuracy: Time;
  signer: Certificate;
}

const oids = {
  signed_data: '1.2.840.113549.1.7.2',
  tst_info: '1.2.840.113549.1.9.16.1.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  rsa: '1.2.840.113549.1.1.1',
  content_type: '1.2.840.113549.1.9.3',
  message_digest: '1.2.840.113549.1.9.4',
  certificate_v2: '1.2.840.113549.1.9.16.2.47',
};
const largest = 256 * 1024;

class Untrusted extends Error {}

interface Token {
  info: Bytes;         // TSTInfo
  certificates: Bytes[];
  version: number;
  digests: Der[];
  signer: Der;
}

function read(der: Bytes): Token {
  const whole = inside(read_der(der), tag.sequence);
  if (oid_text(whole.take(tag.oid)) !== oids.signed_data) throw new NotDer('it is not signed');
  const body = inside(inside(whole.take(0xa0), 0xa0).take(tag.sequence), tag.sequence);
  whole.done();
  const version = small_number(body.take(tag.integer));
  const digests = body.take(tag.set).items;
  const content = inside(body.take(tag.sequence), tag.sequence);
  if (oid_text(content.take(tag.oid)) !== oids.tst_info) throw new NotDer('it holds no TSTInfo');
  const info = inside(content.take(0xa0), 0xa0).take(tag.octets).content;
  const certificates = body.maybe(0xa0)?.items.map((one) => one.bytes) ?? [];
  body.maybe(0xa1);
  const signers = body.take(tag.set).items;
  body.done();
  if (signers.length !== 1) throw new NotDer('it has not one signer');
  return { info, certificates, version, digests, signer: signers[0]! };
}

// GeneralizedTime with an optional fraction, always UTC: "20261121120000.123Z".
function gen_time(node: Der): Time {
  const text = text_of_bytes(node.content) ?? '';
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d(?:\.\d+)?Z)$/.exec(text);
  const time = found && time_from_text(`${found[1]}-${found[2]}-${found[3]}T${found[4]}:${found[5]}:${found[6]}`);
  if (time === undefined || time === null) throw new NotDer('its time is not a GeneralizedTime in UTC');
  return time;
}

interface Info {
  imprint: Bytes;
  time: Time;
  accuracy: Time;
}

function read_info(bytes: Bytes): Info {
  const info = inside(read_der(bytes), tag.sequence);
  if (small_number(info.take(tag.integer)) !== 1) throw new Untrusted('unsupported version');
  info.take(tag.oid);  // policy
  const message = inside(info.take(tag.sequence), tag.sequence);
  const { oid } = algorithm_of(message.take(tag.sequence));
  const imprint = message.take(tag.octets).content;
  if (oid !== oids.sha256 || imprint.length !== 32) throw new NotDer('its imprint is not SHA-256');
  info.take(tag.integer);  // serial number
  const time = gen_time(info.take(tag.time));
  const stated = info.maybe(tag.sequence);
  let accuracy = 0n;
  if (stated) {
    const parts = new Items(stated);
    const value = (kind: number): bigint => BigInt(((node) => (node ? small_number(node) : 0))(parts.maybe(kind)));
    accuracy = value(tag.integer) * 1_000_000n + value(0x80) * 1000n + value(0x81);
  }
  return { imprint, time, accuracy };
}

const without_parameters = (node: Der): boolean => ((parameters) => !parameters || parameters.tag === tag.null)(algorithm_of(node).parameters);

interface SignerInfo {
  version: number;
  issuer: Bytes;
  serial: Bytes;
  hash: Der;
  attributes: Der;
  algorithm: Der;
  signature: Bytes;
}

function read_signer(node: Der): SignerInfo {
  const signer = inside(node, tag.sequence);
  const version = small_number(signer.take(tag.integer));
  const who = inside(signer.take(tag.sequence), tag.sequence);
  const issuer = who.take(tag.sequence).bytes;
  const serial = who.take(tag.integer).bytes;
  who.done();
  const hash = signer.take(tag.sequence);
  const attributes = signer.take(0xa0);
  const algorithm = signer.take(tag.sequence);
  const signature = signer.take(tag.octets).content;
  signer.maybe(0xa1);
  signer.done();
  return { version, issuer, serial, hash, attributes, algorithm, signature };
}

// The one value of a signed attribute.
function attribute(signer: SignerInfo, oid: string): Der | undefined {
  const found = signer.attributes.items.filter((one) => one.items[0]?.tag === tag.oid && oid_text(one.items[0]) === oid);
  const values = found.length === 1 ? found[0]!.items[1]?.items : undefined;
  return values?.length === 1 ? values[0] : undefined;
}

// ESSCertIDv2 (RFC 5816 §2.2.1): each certificate it names, the signer's own first.
function names_certificate(signer: SignerInfo, own: Certificate): boolean {
  const first = attribute(signer, oids.certificate_v2)?.items[0]?.items[0];
  if (!first) return false;
  const in_it = inside(first, tag.sequence);
  const algorithm = in_it.maybe(tag.sequence);
  const hash: Hash | undefined = algorithm ? hash_of_oid[algorithm_of(algorithm).oid] : 'sha256';
  return hash !== undefined && equal(in_it.take(tag.octets).content, digest(own.der, hash));
}

// Fields that no signature covers have one right value each (RFC 5652 §5.1, §5.3).
function signature_by(token: Token, signer: SignerInfo, hash: Hash): SignatureAlgorithm {
  const unfit = new Untrusted('its unsigned fields contradict its signature');
  const fields = token.version === 3 && signer.version === 1 && token.digests.length === 1;
  if (!fields || !without_parameters(signer.hash) || !without_parameters(token.digests[0]!)) throw unfit;
  if (algorithm_of(token.digests[0]!).oid !== algorithm_of(signer.hash).oid || !without_parameters(signer.algorithm)) throw unfit;
  if (algorithm_of(signer.algorithm).oid === oids.rsa) return { kind: 'rsa', hash };
  const algorithm = signature_algorithm(signer.algorithm);
  if (algorithm.kind === 'other') throw new Untrusted('its signature algorithm is not known here');
  if (algorithm.hash !== hash) throw unfit;
  return algorithm;
}

async function check_signature(token: Token, info: Info, trust: Trust): Promise<Certificate> {
  const signer = read_signer(token.signer);
  const all = token.certificates.map(read_certificate);
  const own = all.find((one) => one && equal(one.issuer, signer.issuer) && equal(one.serial, signer.serial));
  if (!own || !names_certificate(signer, own)) throw new Untrusted('it does not name its certificate by ESSCertIDv2 (RFC 5816)');
  const hash = hash_of_oid[algorithm_of(signer.hash).oid];
  if (!hash) throw new Untrusted('its digest algorithm is not known here');
  const algorithm = signature_by(token, signer, hash);
  const type = attribute(signer, oids.content_type);
  const said = attribute(signer, oids.message_digest);
  if (!type || oid_text(type) !== oids.tst_info || said?.tag !== tag.octets || !equal(said.content, digest(token.info, hash))) throw new Untrusted('message digest mismatch');
  if (!(await signed_with(own.key, algorithm, signer.signature, write_der(tag.set, signer.attributes.content)))) throw new Untrusted('signature failure');
  const chain = await trust.signer([own.der, ...token.certificates.filter((der) => !equal(der, own.der))]);
  if (!chain || chain.problem) throw new Untrusted(chain?.problem ?? 'its certificates cannot be read');
  if (!is_time_stamper(own)) throw new Untrusted('its certificate is not for time stamping');
  // OpenSSL compares whole seconds.
  const at = (info.time / 1_000_000n) * 1_000_000n;
  if (at < chain.valid_from || at > chain.valid_to) throw new Untrusted('a certificate was not valid at its time');
  return own;
}

// The stamp, or what is wrong.
export async function verify_token(der: Bytes, imprint: Bytes, trust: Trust): Promise<Stamp | string> {
  try {
    if (!der.length || der.length > largest) throw new NotDer('it is empty or too large');
    const token = read(der);
    const info = read_info(token.info);
    if (!equal(info.imprint, imprint)) return 'The time stamp is about something else: its imprint is not that of the data.';
    return { time: info.time, accuracy: info.accuracy, signer: await check_signature(token, info, trust) };
  } catch (problem) {
    if (problem instanceof Untrusted) return `The time stamp is not to be believed: ${problem.message}.`;
    if (problem instanceof NotDer) return `The time stamp cannot be read: ${problem.message}.`;
    throw problem;
  }
}

