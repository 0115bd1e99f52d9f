// Verifies one sealed record: structure first, and strictly, then digests, signature, certificates, statement and time stamp. The
// same checks by the same names as src/evidence/xades_verify.cpp.
import { equal, from_base64, to_hex, utf8, type Bytes } from './bytes';
import { canonical } from './c14n';
import type { Signer, Trust } from './chain';
import { digest, verify_ecdsa } from './crypto';
import { ns, uri } from './events';
import { runs_as_written, type Runs, type SignatureTexts } from './form';
import { problem_of_statement, read_record, Unreadable, type Statement } from './record';
import { second, time_from_text, type Time } from './time';
import { verify_token, type Stamp } from './token';
import { attribute, Elements, is, NotXml, read_xml, text_of, type Element } from './xml';

export interface Check {
  name: string;
  ok: boolean;
  detail: string;
}
export interface Verified {
  checks: Check[];
  xml?: { root: Element; text: string };  // when it could be read
  signing_time?: Time;
  stamp?: Stamp;
  signer?: Signer;
}

const clocks_differ = 5n * second;  // own clock and the authority's

// base64 as others write it: with line breaks.
const decoded = (text: string): Bytes | undefined => from_base64(text.replace(/[ \t\r\n]/g, ''));

// Counts what may occur once, and collects every Id: an attacker's copy would be found here (signature wrapping).
class Census {
  signatures = 0;
  signed_properties = 0;
  records = 0;
  repeated_id = false;
  private readonly ids = new Set<string>();

  count(root: Element): this {
    const waiting = [root];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (is(node, ns.ds, 'Signature')) this.signatures += 1;
      if (is(node, ns.xades, 'SignedProperties')) this.signed_properties += 1;
      if (is(node, ns.erds, 'Evidence')) this.records += 1;
      for (const each of node.attributes) {
        if (each.local.toLowerCase() !== 'id') continue;
        if (!each.value || this.ids.has(each.value)) this.repeated_id = true;
        this.ids.add(each.value);
      }
      for (const child of node.children) if (child.kind === 'element') waiting.push(child);
    }
    return this;
  }
}

class Verification {
  readonly found: Verified = { checks: [] };
  private readonly texts: SignatureTexts = { value: '', certificates: [], signing_time: '', certificate_digest: '', evidence_digest: '', properties_digest: '', token: '' };
  private signature_node!: Element;
  private signed_info_node!: Element;
  private value_node!: Element;
  private properties_node!: Element;
  private reference_id = '';
  private fingerprint: Bytes | undefined;

  constructor(private readonly bytes: Bytes, private readonly trust: Trust) {}

  private check(name: string, ok: boolean, detail = ''): boolean {
    this.found.checks.push({ name, ok, detail: ok ? '' : detail });
    return ok;
  }

  async run(): Promise<Verified> {
    let xml: { root: Element; text: string };
    try {
      xml = read_xml(this.bytes);
    } catch (problem) {
      if (!(problem instanceof NotXml)) throw problem;
      this.check('xml', false, `The record cannot be read: ${problem.message}.`);
      return this.found;
    }
    this.check('xml', true);
    this.found.xml = xml;
    if (!this.structure(xml.root)) return this.found;
    const record = this.record(xml.root);
    let runs = typeof record === 'string' ? undefined : runs_as_written(xml.text, record, this.texts);
    this.check('form', runs !== undefined, 'these are not the bytes that Rapport wrote, though they may mean the same');
    runs ??= this.runs_by_canonical_xml(xml.root);
    this.check('canonical_form', true);
    this.digests(runs);
    await this.signature(runs);
    this.certificate();
    this.statement(record);
    await this.time_stamp(runs);
    return this.found;
  }

  private record(root: Element): Statement | string {
    try {
      return read_record(root);
    } catch (problem) {
      if (problem instanceof Unreadable) return problem.message;
      throw problem;
    }
  }

  private structure(root: Element): boolean {
    if (!this.check('root', is(root, ns.erds, 'Evidence'), 'the root is not Evidence of EN 319 522')) return false;
    const census = new Census().count(root);
    if (!this.check('identifiers', !census.repeated_id, 'an Id occurs twice')) return false;
    const children = root.children.filter((child): child is Element => child.kind === 'element');
    const last = children[children.length - 1];
    const single = census.signatures === 1 && census.signed_properties === 1 && census.records === 1;
    if (!this.check('enveloped', single && is(last, ns.ds, 'Signature'), 'there is not exactly one signature, at the end of the one record')) return false;
    this.signature_node = last!;
    if (!this.check('signature_structure', this.signature_parts(last!), 'the signature is not of the one form that evidence has')) return false;
    return this.signed_info() && this.signed_properties();
  }

  private signature_parts(node: Element): boolean {
    const from = new Elements(node);
    const info = from.take(ns.ds, 'SignedInfo');
    const value = from.take(ns.ds, 'SignatureValue');
    const key = new Elements(from.take(ns.ds, 'KeyInfo'));
    const data = new Elements(key.take(ns.ds, 'X509Data'));
    for (let one = data.take(ns.ds, 'X509Certificate'); one; one = data.take(ns.ds, 'X509Certificate')) this.texts.certificates.push(text_of(one) ?? '');
    const text = text_of(value);
    if (!info || !value || text === undefined || !data.done() || !key.done() || !this.texts.certificates.length) return false;
    this.signed_info_node = info;
    this.value_node = value;
    this.texts.value = text;
    return this.qualifying_properties(from.take(ns.ds, 'Object')) && from.done();
  }

  private qualifying_properties(object: Element | undefined): boolean {
    const from = new Elements(object);
    const qualifying = from.take(ns.xades, 'QualifyingProperties');
    const id = attribute(this.signature_node, 'Id');
    if (!qualifying || !from.done() || id === undefined || attribute(qualifying, 'Target') !== `#${id}`) return false;
    const properties = new Elements(qualifying);
    const signed = properties.take(ns.xades, 'SignedProperties');
    const unsigned = properties.take(ns.xades, 'UnsignedProperties');
    if (!signed || !properties.done()) return false;
    this.properties_node = signed;
    return !unsigned || this.time_stamp_element(unsigned);
  }

  private time_stamp_element(unsigned: Element): boolean {
    const from = new Elements(unsigned);
    const list = new Elements(from.take(ns.xades, 'UnsignedSignatureProperties'));
    const stamp = new Elements(list.take(ns.xades, 'SignatureTimeStamp'));
    const method = stamp.take(ns.ds, 'CanonicalizationMethod');
    const token = text_of(stamp.take(ns.xades, 'EncapsulatedTimeStamp'));
    if (!from.done() || !list.done() || attribute(method, 'Algorithm') !== uri.exc_c14n || !token) return false;
    this.texts.token = token;
    return true;
  }

  // Exactly the two references, with exactly our transforms (EN 319 132-1 §4.4.2; no XPath, no XSLT, nothing remote).
  private signed_info(): boolean {
    const from = new Elements(this.signed_info_node);
    const how = from.take(ns.ds, 'CanonicalizationMethod');
    const method = from.take(ns.ds, 'SignatureMethod');
    const ours = attribute(how, 'Algorithm') === uri.exc_c14n && how!.children.length === 0 && attribute(method, 'Algorithm') === uri.ecdsa_sha256;
    if (!this.check('algorithms', ours, 'the signature is not by exclusive canonical XML and ECDSA with SHA-256')) return false;
    const evidence = from.take(ns.ds, 'Reference');
    const properties = from.take(ns.ds, 'Reference');
    const id = attribute(this.properties_node, 'Id') ?? '';
    const first = this.reference(evidence, '', [uri.enveloped, uri.exc_c14n]);
    const second = this.reference(properties, `#${id}`, [uri.exc_c14n]);
    const good = from.done() && id !== '' && first !== undefined && second !== undefined && attribute(properties, 'Type') === uri.signed_properties;
    if (good) {
      this.texts.evidence_digest = first;
      this.texts.properties_digest = second;
      this.reference_id = attribute(evidence, 'Id') ?? '';
    }
    return this.check('references', good, 'the signature does not cover exactly this record and its signed properties');
  }

  // The digest's text.
  private reference(node: Element | undefined, wanted: string, transforms: string[]): string | undefined {
    if (!node || attribute(node, 'URI') !== wanted) return undefined;
    const from = new Elements(node);
    const list = new Elements(from.take(ns.ds, 'Transforms'));
    for (const algorithm of transforms) {
      const transform = list.take(ns.ds, 'Transform');
      if (attribute(transform, 'Algorithm') !== algorithm || transform!.children.length) return undefined;
    }
    const method = from.take(ns.ds, 'DigestMethod');
    const value = text_of(from.take(ns.ds, 'DigestValue'));
    return list.done() && attribute(method, 'Algorithm') === uri.sha256 && from.done() ? value : undefined;
  }

  private signed_properties(): boolean {
    const from = new Elements(this.properties_node);
    const about = new Elements(from.take(ns.xades, 'SignedSignatureProperties'));
    const time = text_of(about.take(ns.xades, 'SigningTime'));
    const certificates = new Elements(about.take(ns.xades, 'SigningCertificateV2'));
    const first = new Elements(certificates.take(ns.xades, 'Cert'));
    const named = new Elements(first.take(ns.xades, 'CertDigest'));
    const method = named.take(ns.ds, 'DigestMethod');
    const value = text_of(named.take(ns.ds, 'DigestValue'));
    const data = new Elements(from.take(ns.xades, 'SignedDataObjectProperties'));
    const format = data.take(ns.xades, 'DataObjectFormat');
    const signing_time = time === undefined ? undefined : time_from_text(time);
    if (signing_time !== undefined) this.found.signing_time = signing_time;
    const about_us = this.reference_id !== '' && attribute(format, 'ObjectReference') === `#${this.reference_id}`;
    const good = signing_time !== undefined && attribute(method, 'Algorithm') === uri.sha256 && value !== undefined && about_us;
    if (good) {
      this.texts.signing_time = time!;
      this.texts.certificate_digest = value;
    }
    return this.check('signed_properties', good, 'signing time, certificate or format is missing or is about something else');
  }

  private runs_by_canonical_xml(root: Element): Runs {
    const hashed = (node: Element, left_out?: Element): Bytes => digest(utf8(canonical(node, left_out)));
    return {
      evidence: hashed(root, this.signature_node),
      properties: hashed(this.properties_node),
      signature_value: hashed(this.value_node),
      signed_info: utf8(canonical(this.signed_info_node)),
    };
  }

  private digests(runs: Runs): void {
    this.check('digest_of_evidence', equal(decoded(this.texts.evidence_digest), runs.evidence), 'the record was changed after it was sealed');
    this.check('digest_of_signed_properties', equal(decoded(this.texts.properties_digest), runs.properties), 'signing time or certificate reference was changed after sealing');
  }

  private async signature(runs: Runs): Promise<void> {
    const chain = this.texts.certificates.map((text) => decoded(text) ?? new Uint8Array());
    this.fingerprint = digest(chain[0]!);
    this.check('signing_certificate', equal(decoded(this.texts.certificate_digest), this.fingerprint), 'the certificate beside the signature is not the one that was signed');
    const signer = await this.trust.signer(chain);
    if (signer) this.found.signer = signer;
    const raw = decoded(this.texts.value);
    const key = signer?.certificate.key;
    const good = raw?.length === 64 && key?.kind === 'ec' && key.curve === 'P-256' && (await verify_ecdsa('P-256', key.point, raw, runs.signed_info, 'sha256'));
    this.check('signature', good === true, "the signature does not fit the record and the certificate's key");
  }

  private certificate(): void {
    const { signer } = this.found;
    if (!this.check('certificate', signer !== undefined, 'the certificate cannot be read') || !signer) return;
    this.check('certificate_chain', signer.problem === '', signer.problem);
    this.check('certificate_usage', signer.usable, 'the certificate is not for seals or signatures');
    const at = this.found.signing_time!;
    const valid = signer.problem === '' && signer.valid_from <= at && at <= signer.valid_to;
    this.check('certificate_validity', valid, 'a certificate of the chain was not valid at the signing time');
  }

  private statement(record: Statement | string): void {
    if (typeof record === 'string') return void this.check('statement', false, record);
    this.check('statement', true);
    const problem = problem_of_statement(record);
    this.check('reasons', problem === undefined, problem);
    const same = this.fingerprint !== undefined && to_hex(record.issuer.certificate) === to_hex(this.fingerprint);
    this.check('issuer', same, "the record names another certificate as its issuer's than the one that sealed it");
  }

  private async time_stamp(runs: Runs): Promise<void> {
    if (!this.texts.token) return;
    const stamp = await verify_token(decoded(this.texts.token) ?? new Uint8Array(), runs.signature_value, this.trust);
    if (typeof stamp === 'string') return void this.check('time_stamp', false, stamp);
    this.check('time_stamp', true);
    this.found.stamp = stamp;
    this.check('time_stamp_order', this.found.signing_time! <= stamp.time + stamp.accuracy + clocks_differ, 'the record claims to be sealed after it was time-stamped');
  }
}

export const verify_evidence = (bytes: Bytes, trust: Trust): Promise<Verified> => new Verification(bytes, trust).run();
