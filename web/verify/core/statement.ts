// Writes a record's unsigned part as src/evidence/statement_xml.cpp does: what a record of ours must be, character for character.
import { to_base64, to_hex, type Bytes } from './bytes';
import { chain_namespace, display_name, event_uri, evidence_policy, extension_namespace, format_version, legal_name, ns, uri } from './events';
import type { Party, Statement } from './record';
import { time_text } from './time';

// Text that is never written makes the whole of no use (XML 1.0 §2.2, and DEL).
class Out {
  private readonly parts: string[] = [];
  good = true;
  raw(...markup: string[]): this {
    this.parts.push(...markup);
    return this;
  }
  text(value: string): this {
    return this.checked(value).raw(value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\r/g, '&#xD;'));
  }
  attribute(value: string): this {
    const escaped = value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');
    return this.checked(value).raw(escaped.replace(/\t/g, '&#x9;').replace(/\n/g, '&#xA;').replace(/\r/g, '&#xD;'));
  }
  private checked(value: string): this {
    if (/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]/.test(value)) this.good = false;
    return this;
  }
  toString(): string {
    return this.parts.join('');
  }
}

const ds = `xmlns:ds="${ns.ds}"`;
const method = `<ds:DigestMethod ${ds} Algorithm="${uri.sha256}"></ds:DigestMethod>`;
const value = (digest: Bytes): string => `<ds:DigestValue ${ds}>${to_base64(digest)}</ds:DigestValue>`;

function write_identity(out: Out, organisation: boolean, name: string): void {
  if (!name) return;
  out.raw(`<erds:Identity><saml:Attribute xmlns:saml="${ns.saml}" FriendlyName="${organisation ? 'LegalName' : 'displayName'}" Name="${organisation ? legal_name : display_name}" `);
  out.raw('NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri"><saml:AttributeValue>').text(name).raw('</saml:AttributeValue></saml:Attribute></erds:Identity>');
}

function write_party(out: Out, party: Party): void {
  write_identity(out, party.organisation, party.name);
  out.raw('<Identifier IdentifierSchemeName="').attribute(party.scheme).raw('">').text(party.identifier).raw('</Identifier>');
  const how = party.authentication;
  if (!how) return;
  out.raw('<erds:AssuranceLevelsDetails><erds:GlobalAssuranceLevel><AssuranceLevel>').text(how.level);
  out.raw('</AssuranceLevel></erds:GlobalAssuranceLevel><erds:AuthenticationDetails><AuthenticationTime>', time_text(how.time));
  out.raw('</AuthenticationTime><AuthenticationMethod>').text(how.method).raw('</AuthenticationMethod></erds:AuthenticationDetails></erds:AssuranceLevelsDetails>');
}

function write_reasons(out: Out, s: Statement): void {
  if (!s.reasons.length) return;
  out.raw('<erds:EventReasons>');
  for (const { code, details } of s.reasons) {
    out.raw('<erds:EventReason><erds:Code>').text(code).raw('</erds:Code>');
    if (details) out.raw('<Details>').text(details).raw('</Details>');
    out.raw('</erds:EventReason>');
  }
  out.raw('</erds:EventReasons>');
}

function write_issuer(out: Out, s: Statement): void {
  out.raw('<erds:EvidenceIssuerPolicyID>');
  for (const oid of s.issuer.policies.length ? s.issuer.policies : [evidence_policy]) out.raw('<PolicyID>urn:oid:').text(oid).raw('</PolicyID>');
  out.raw('</erds:EvidenceIssuerPolicyID><erds:EvidenceIssuerDetails>');
  write_identity(out, true, s.issuer.name);
  out.raw(`<erds:CertificateDetails><erds:CertID><xades:CertDigest xmlns:xades="${ns.xades}">`, method, value(s.issuer.certificate));
  out.raw('</xades:CertDigest></erds:CertID></erds:CertificateDetails></erds:EvidenceIssuerDetails>');
  if (!s.issuer.name) out.good = false;
}

function write_parts(out: Out, s: Statement): void {
  if (!s.parts.length) return;
  out.raw('<erds:UserContentInfo>');
  if (s.app_identifier) out.raw('<erds:AppLayerIdentifier>').text(s.app_identifier).raw('</erds:AppLayerIdentifier>');
  out.raw('<ComposingParts>', String(s.parts.length), '</ComposingParts><erds:PartsInfo>');
  for (const part of s.parts) {
    out.raw('<erds:PartInfo><Identifier>').text(part.identifier).raw('</Identifier><ContentType>').text(part.content_type);
    out.raw('</ContentType>', method, value(part.digest), '</erds:PartInfo>');
  }
  out.raw('</erds:PartsInfo></erds:UserContentInfo>');
}

function write_chain(out: Out, s: Statement): void {
  out.raw(`<erds:TransactionLogInformation><c:Chain xmlns:c="${chain_namespace}" number="`, String(BigInt.asUintN(64, s.number)), '"');
  if (s.previous) out.raw(' previous="', to_hex(s.previous), '"');
  out.raw('></c:Chain></erds:TransactionLogInformation>');
}

function write_extension(out: Out, s: Statement): void {
  const records = [['sender', s.sender], ['recipient', s.recipient], ['delegate', s.delegate]] as const;
  const reference = !s.parts.length && s.app_identifier !== '';
  if (!records.some(([, party]) => party?.authentication?.record) && !reference && !s.facts.length) return;
  out.raw(`<erds:Extensions><erds:Extension isCritical="false"><rapport:Details xmlns:rapport="${extension_namespace}">`);
  if (reference) out.raw('<rapport:AppLayerIdentifier>').text(s.app_identifier).raw('</rapport:AppLayerIdentifier>');
  for (const [whose, party] of records) {
    const record = party?.authentication?.record;
    if (record) out.raw(`<rapport:IdentificationRecord Algorithm="${uri.sha256}" Party="${whose}">`, to_base64(record), '</rapport:IdentificationRecord>');
  }
  for (const fact of s.facts) out.raw('<rapport:Fact Name="').attribute(fact.name).raw('">').text(fact.value).raw('</rapport:Fact>');
  out.raw('</rapport:Details></erds:Extension></erds:Extensions>');
}

// From <erds:Evidence …> up to where <ds:Signature> begins; undefined where it holds what cannot be written.
export function write_statement(s: Statement): string | undefined {
  const out = new Out();
  out.raw(`<erds:Evidence xmlns:erds="${ns.erds}" Id="${s.id}" version="${format_version}"><erds:EvidenceIdentifier>${s.id}</erds:EvidenceIdentifier>`);
  out.raw('<erds:ERDSEventId>', event_uri(s.event), '</erds:ERDSEventId>');
  write_reasons(out, s);
  out.raw('<EventTime>', time_text(s.event_time), '</EventTime>');
  write_issuer(out, s);
  out.raw('<erds:SenderDetails>');
  write_party(out, s.sender);
  out.raw('</erds:SenderDetails><erds:RecipientDetails>');
  write_party(out, s.recipient);
  out.raw('</erds:RecipientDetails>');
  if (s.delegate) {
    out.raw('<erds:RecipientsDelegateDetails>');
    write_party(out, s.delegate);
    out.raw('<DelegatingRecipients>1</DelegatingRecipients></erds:RecipientsDelegateDetails>');
  }
  if (s.submission_time !== undefined) out.raw('<erds:SubmissionTime>', time_text(s.submission_time), '</erds:SubmissionTime>');
  out.raw('<erds:EvidenceRefersToRecipient>1</erds:EvidenceRefersToRecipient><erds:MessageIdentifier>').text(s.message_identifier).raw('</erds:MessageIdentifier>');
  write_parts(out, s);
  if (s.external_system) out.raw('<erds:ForwardedToExternalSystem>').text(s.external_system).raw('</erds:ForwardedToExternalSystem>');
  write_chain(out, s);
  write_extension(out, s);
  return out.good ? out.toString() : undefined;
}

export const evidence_end = '</erds:Evidence>';
