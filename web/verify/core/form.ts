// The enveloped signature's text as src/evidence/signature_xml.hpp has it, and the runs of a record that its digests cover.
import { digest } from './crypto';
import { from_base64, to_base64, utf8, type Bytes } from './bytes';
import { ns, uri } from './events';
import type { Statement } from './record';
import { evidence_end, write_statement } from './statement';

const ds = `xmlns:ds="${ns.ds}"`;
const exc = `Algorithm="${uri.exc_c14n}"`;
const sha = `Algorithm="${uri.sha256}"`;
const transform = `<ds:Transform ${exc}></ds:Transform></ds:Transforms><ds:DigestMethod ${sha}></ds:DigestMethod><ds:DigestValue>`;

export const part = {
  signature_begin: `<ds:Signature ${ds} Id="signature">`,
  signed_info_begin:
    `<ds:SignedInfo ${ds}><ds:CanonicalizationMethod ${exc}></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="${uri.ecdsa_sha256}"></ds:SignatureMethod>` +
    `<ds:Reference Id="evidence-reference" URI=""><ds:Transforms><ds:Transform Algorithm="${uri.enveloped}"></ds:Transform>${transform}`,
  signed_info_middle: `</ds:DigestValue></ds:Reference><ds:Reference Type="${uri.signed_properties}" URI="#signed-properties"><ds:Transforms>${transform}`,
  signed_info_end: '</ds:DigestValue></ds:Reference></ds:SignedInfo>',
  value_begin: `<ds:SignatureValue ${ds}>`,
  value_end: '</ds:SignatureValue>',
  object_begin: `<ds:Object><xades:QualifyingProperties xmlns:xades="${ns.xades}" Target="#signature">`,
  properties_begin: `<xades:SignedProperties xmlns:xades="${ns.xades}" Id="signed-properties"><xades:SignedSignatureProperties><xades:SigningTime>`,
  properties_middle: `</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest><ds:DigestMethod ${ds} ${sha}></ds:DigestMethod><ds:DigestValue ${ds}>`,
  properties_end:
    '</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties><xades:SignedDataObjectProperties>' +
    '<xades:DataObjectFormat ObjectReference="#evidence-reference"><xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties></xades:SignedProperties>',
  unsigned_begin: `<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:SignatureTimeStamp><ds:CanonicalizationMethod ${exc}></ds:CanonicalizationMethod><xades:EncapsulatedTimeStamp>`,
  unsigned_end: '</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp></xades:UnsignedSignatureProperties></xades:UnsignedProperties>',
  tail: '</xades:QualifyingProperties></ds:Object></ds:Signature></erds:Evidence>',
};

// What was found in the signature, as text.
export interface SignatureTexts {
  value: string;
  certificates: string[];
  signing_time: string;
  certificate_digest: string;
  evidence_digest: string;
  properties_digest: string;
  token: string;
}

// What the digests and the signature are about.
export interface Runs {
  evidence: Bytes;
  properties: Bytes;
  signature_value: Bytes;
  signed_info: Bytes;  // whole, not its digest
}

class Meal {
  private at = 0;
  private whole = true;
  constructor(private readonly text: string) {}
  eat(...expected: string[]): this {
    for (const one of expected)
      if (this.whole && this.text.startsWith(one, this.at)) this.at += one.length;
      else this.whole = false;
    return this;
  }
  base64(text: string): this {
    if (/[ \t\r\n]/.test(text)) this.whole = false;
    return this.eat(text);
  }
  // What `what` takes.
  run(what: () => unknown): string {
    const begin = this.at;
    what();
    return this.text.slice(begin, this.at);
  }
  done(): boolean {
    return this.whole && this.at === this.text.length;
  }
}

// Undefined unless the record is, to the last byte, what Rapport would have written.
export function runs_as_written(text: string, record: Statement, s: SignatureTexts): Runs | undefined {
  const statement = write_statement(record);
  if (statement === undefined) return undefined;
  const meal = new Meal(text).eat(statement, part.signature_begin);
  const signed_info = meal.run(() => meal.eat(part.signed_info_begin, s.evidence_digest, part.signed_info_middle, s.properties_digest, part.signed_info_end));
  const value = meal.run(() => meal.eat(part.value_begin).base64(s.value).eat(part.value_end));
  meal.eat('<ds:KeyInfo><ds:X509Data>');
  for (const certificate of s.certificates) meal.eat('<ds:X509Certificate>').base64(certificate).eat('</ds:X509Certificate>');
  meal.eat('</ds:X509Data></ds:KeyInfo>', part.object_begin);
  const properties = meal.run(() => meal.eat(part.properties_begin, s.signing_time, part.properties_middle, s.certificate_digest, part.properties_end));
  if (s.token) meal.eat(part.unsigned_begin).base64(s.token).eat(part.unsigned_end);
  if (!meal.eat(part.tail).done()) return undefined;
  return { evidence: digest(utf8(statement + evidence_end)), properties: digest(utf8(properties)), signature_value: digest(utf8(value)), signed_info: utf8(signed_info) };
}

export interface Unstamped {
  xml: Bytes;           // what was sealed, what the next record names, what the log's entry commits to
  token: Bytes | undefined;
}
// Undefined when the time stamp does not stand where Rapport puts it.
export function unstamped(text: string): Unstamped | undefined {
  const begin = text.lastIndexOf(part.unsigned_begin);
  if (begin < 0) return { xml: utf8(text), token: undefined };
  const first = begin + part.unsigned_begin.length;
  const end = text.indexOf(part.unsigned_end, first);
  const token = end < 0 ? undefined : from_base64(text.slice(first, end));
  if (!token?.length) return undefined;
  const bare = text.slice(0, begin) + text.slice(end + part.unsigned_end.length);
  const before = text.slice(0, begin);
  const same = bare === before + part.tail && before.endsWith('</xades:SignedProperties>') && to_base64(token) === text.slice(first, end);
  return same ? { xml: utf8(bare), token } : undefined;
}

