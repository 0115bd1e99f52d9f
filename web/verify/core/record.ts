// From a record's XML to what it says (EN 319 522-3 §5.2), element for element as src/evidence/read_record.cpp; and the reasons why
// a statement is not complete.
import { from_base64, from_hex, type Bytes } from './bytes';
import { chain_namespace, event_from_uri, extension_namespace, format_version, legal_name, ns, reason_prefix, reasons, uri, type EventInfo } from './events';
import { time_from_text, type Time } from './time';
import { attribute, Elements, is, text_of, type Element } from './xml';

export class Unreadable extends Error {}

export interface Authentication {
  level: string;
  method: string;
  time: Time;
  record?: Bytes;
}
export interface Party {
  organisation: boolean;
  name: string;
  identifier: string;
  scheme: string;
  authentication?: Authentication;
}
export interface Statement {
  id: string;
  event: EventInfo;
  reasons: { code: string; details: string }[];
  event_time: Time;
  issuer: { name: string; policies: string[]; certificate: Bytes };
  sender: Party;
  recipient: Party;
  delegate?: Party;
  submission_time?: Time;
  message_identifier: string;
  app_identifier: string;
  parts: { identifier: string; content_type: string; digest: Bytes }[];
  external_system: string;
  number: bigint;
  previous?: Bytes;
  facts: { name: string; value: string }[];
}

const refuse = (what: string): never => {
  throw new Unreadable(`The record cannot be read: ${what}.`);
};

function text(node: Element | undefined, name: string): string {
  return text_of(node) ?? refuse(`${name} is missing or is not text`);
}
function time(node: Element | undefined, name: string): Time {
  return time_from_text(text_of(node) ?? '') ?? refuse(`${name} is missing or is not a time`);
}
function digest(node: Element | undefined, name: string): Bytes {
  const bytes = from_base64(text_of(node) ?? '-');
  return bytes?.length === 32 ? bytes : refuse(`${name} is missing or is not a SHA-256 value in base64`);
}
function digest_pair(from: Elements, name: string): Bytes {
  const method = from.take(ns.ds, 'DigestMethod');
  if (attribute(method, 'Algorithm') !== uri.sha256) refuse(`${name} is not by SHA-256`);
  return digest(from.take(ns.ds, 'DigestValue'), name);
}

function identity(from: Elements, assumed: boolean): { organisation: boolean; name: string } {
  const node = from.take(ns.erds, 'Identity');
  if (!node) return { organisation: assumed, name: '' };
  const found = new Elements(node).take(ns.saml, 'Attribute') ?? refuse('Identity holds no saml:Attribute');
  const value = new Elements(found).take(ns.saml, 'AttributeValue');
  return { organisation: attribute(found, 'Name') === legal_name, name: text(value, 'saml:AttributeValue') };
}

function authentication(details: Element): Authentication {
  const from = new Elements(details);
  const level = new Elements(from.take(ns.erds, 'GlobalAssuranceLevel'));
  const how = new Elements(from.take(ns.erds, 'AuthenticationDetails'));
  return {
    level: text(level.take_local(ns.erds, 'AssuranceLevel'), 'AssuranceLevel'),
    time: time(how.take_local(ns.erds, 'AuthenticationTime'), 'AuthenticationTime'),
    method: text(how.take_local(ns.erds, 'AuthenticationMethod'), 'AuthenticationMethod'),
  };
}

function party(node: Element | undefined, name: string): Party {
  const from = new Elements(node);
  const who = identity(from, false);
  const identifier = from.take_local(ns.erds, 'Identifier');
  const value = text(identifier, name);
  const scheme = attribute(identifier, 'IdentifierSchemeName') ?? refuse(`${name} has an identifier without a scheme`);
  const details = from.take(ns.erds, 'AssuranceLevelsDetails');
  return { ...who, identifier: value, scheme, ...(details ? { authentication: authentication(details) } : {}) };
}

function event_reasons(node: Element): Statement['reasons'] {
  const from = new Elements(node);
  const out: Statement['reasons'] = [];
  for (let each = from.take(ns.erds, 'EventReason'); each; each = from.take(ns.erds, 'EventReason')) {
    const parts = new Elements(each);
    const code = text(parts.take_local(ns.erds, 'Code'), 'Code');
    const details = parts.take_local(ns.erds, 'Details');
    out.push({ code, details: details ? text(details, 'Details') : '' });
  }
  if (!from.done()) refuse('EventReasons holds something else than reasons');
  return out;
}

function issuer(from: Elements): Statement['issuer'] {
  const policies: string[] = [];
  const listed = new Elements(from.take(ns.erds, 'EvidenceIssuerPolicyID'));
  for (let each = listed.take_local(ns.erds, 'PolicyID'); each; each = listed.take_local(ns.erds, 'PolicyID')) {
    const value = text_of(each) ?? '';
    if (!value.startsWith('urn:oid:')) refuse('PolicyID is not an OID');
    policies.push(value.slice(8));
  }
  const details = new Elements(from.take(ns.erds, 'EvidenceIssuerDetails'));
  const { name } = identity(details, true);
  const certificate = new Elements(details.take(ns.erds, 'CertificateDetails'));
  const identifier = new Elements(certificate.take(ns.erds, 'CertID'));
  const named = new Elements(identifier.take(ns.xades, 'CertDigest'));
  return { name, policies, certificate: digest_pair(named, "the issuer's certificate") };
}

function content(node: Element, out: Statement): void {
  const from = new Elements(node);
  const application = from.take(ns.erds, 'AppLayerIdentifier');
  if (application) out.app_identifier = text(application, 'AppLayerIdentifier');
  from.take_local(ns.erds, 'ComposingParts');
  const parts = new Elements(from.take(ns.erds, 'PartsInfo'));
  for (let each = parts.take(ns.erds, 'PartInfo'); each; each = parts.take(ns.erds, 'PartInfo')) {
    const fields = new Elements(each);
    out.parts.push({
      identifier: text(fields.take_local(ns.erds, 'Identifier'), 'Identifier of a part'),
      content_type: text(fields.take_local(ns.erds, 'ContentType'), 'ContentType of a part'),
      digest: digest_pair(fields, 'a part'),
    });
  }
  if (!parts.done()) refuse('PartsInfo holds something else than parts');
}

function chain(node: Element, out: Statement): void {
  const link = new Elements(node).take(chain_namespace, 'Chain');
  const number = attribute(link, 'number') ?? '';
  const value = /^-?[0-9]{1,19}$/.test(number) ? BigInt(number) : undefined;
  if (value === undefined || value !== BigInt.asIntN(64, value)) return refuse('its place in the chain is missing');
  out.number = value;
  const previous = attribute(link, 'previous');
  if (previous === undefined) return;
  const bytes = from_hex(previous);
  out.previous = bytes?.length === 32 ? bytes : refuse('the digest of the record before is not SHA-256 in hexadecimal');
}

function extension(node: Element, out: Statement): void {
  const first = new Elements(node).take(ns.erds, 'Extension');
  const ours = new Elements(first).take(extension_namespace, 'Details');
  if (!ours) {
    if (attribute(first ?? node, 'isCritical') === 'true') refuse('a critical extension is not known');
    return;
  }
  const from = new Elements(ours);
  const reference = from.take(extension_namespace, 'AppLayerIdentifier');
  if (reference) out.app_identifier = text(reference, 'AppLayerIdentifier');
  for (let each = from.take(extension_namespace, 'IdentificationRecord'); each; each = from.take(extension_namespace, 'IdentificationRecord')) {
    const whose = attribute(each, 'Party');
    const who = whose === 'sender' ? out.sender : whose === 'recipient' ? out.recipient : whose === 'delegate' ? out.delegate : undefined;
    if (!who?.authentication) return refuse('an IdentificationRecord belongs to nobody');
    who.authentication.record = digest(each, 'IdentificationRecord');
  }
  for (let each = from.take(extension_namespace, 'Fact'); each; each = from.take(extension_namespace, 'Fact'))
    out.facts.push({ name: attribute(each, 'Name') ?? '', value: text(each, 'Fact') });
  if (!from.done()) refuse('the extension holds something unknown');
}

function rest(from: Elements, out: Statement): void {
  if (from.peek()?.local === 'RecipientsDelegateDetails' && is(from.peek(), ns.erds, 'RecipientsDelegateDetails'))
    out.delegate = party(from.take(ns.erds, 'RecipientsDelegateDetails'), 'RecipientsDelegateDetails');
  const submitted = from.take(ns.erds, 'SubmissionTime');
  if (submitted) out.submission_time = time(submitted, 'SubmissionTime');
  from.take(ns.erds, 'EvidenceRefersToRecipient');
  out.message_identifier = text(from.take(ns.erds, 'MessageIdentifier'), 'MessageIdentifier');
  const parts = from.take(ns.erds, 'UserContentInfo');
  if (parts) content(parts, out);
  const external = from.take(ns.erds, 'ForwardedToExternalSystem');
  if (external) out.external_system = text(external, 'ForwardedToExternalSystem');
  const log = from.take(ns.erds, 'TransactionLogInformation');
  if (log) chain(log, out);
  const extensions = from.take(ns.erds, 'Extensions');
  if (extensions) extension(extensions, out);
  from.take(ns.ds, 'Signature');
  if (!from.done()) refuse(`an element is not known, or stands elsewhere than it should: ${from.peek()!.local}`);
}

export function read_record(root: Element): Statement {
  if (!is(root, ns.erds, 'Evidence') || attribute(root, 'version') !== format_version) refuse('it is not EN 319 522 evidence of a version that is known');
  const from = new Elements(root);
  const id = text(from.take(ns.erds, 'EvidenceIdentifier'), 'EvidenceIdentifier');
  // A positive number of 63 bits in Crockford's base32: 13 digits, of which the first is at most 7.
  if (!/^evd_[0-7][0-9a-hjkmnp-tv-z]{12}$/.test(id) || id === 'evd_0000000000000' || attribute(root, 'Id') !== id) refuse('its identifier is not one of Rapport');
  const name = text(from.take(ns.erds, 'ERDSEventId'), 'ERDSEventId');
  const event = event_from_uri(name) ?? refuse(`its event is not known: ${name}`);
  const why = from.take(ns.erds, 'EventReasons');
  const listed = why ? event_reasons(why) : [];
  const event_time = time(from.take_local(ns.erds, 'EventTime'), 'EventTime');
  const by = issuer(from);
  const sender = party(from.take(ns.erds, 'SenderDetails'), 'SenderDetails');
  const recipient = party(from.take(ns.erds, 'RecipientDetails'), 'RecipientDetails');
  const out: Statement = {
    id, event, reasons: listed, event_time, issuer: by, sender, recipient, message_identifier: '', app_identifier: '', parts: [], external_system: '', number: 1n, facts: [],
  };
  rest(from, out);
  return out;
}

const complete = (party: Party): boolean =>
  party.identifier !== '' && party.scheme !== '' && (!party.authentication || (party.authentication.level !== '' && party.authentication.method !== ''));
const last_time = 253_370_764_800_000_000n;  // 9999-01-01
const writable = (time: Time): boolean => time >= 0n && time < last_time;

// What sealing refuses; undefined when nothing is wrong.
export function problem_of_statement(s: Statement): string | undefined {
  if (s.event.negative && !s.reasons.length) return `Evidence ${s.event.label} says that something failed: it must say why.`;
  for (const { code } of s.reasons)
    if (!code || (code.startsWith(reason_prefix) && !reasons.includes(code.slice(reason_prefix.length)))) return `The reason code is not in the list of reasons: ${code}`;
  if (!complete(s.sender)) return 'The sender has no identifier, scheme, level or method.';
  if (!complete(s.recipient)) return 'The recipient has no identifier, scheme, level or method.';
  if (s.delegate && !complete(s.delegate)) return 'The delegate has no identifier.';
  if (!s.message_identifier) return 'The message has no identifier.';
  if (s.number < 1n || s.number > 1n !== (s.previous !== undefined)) return 'Every record but the first names the one before it.';
  if (!writable(s.event_time) || !writable(s.submission_time ?? s.event_time)) return 'A time lies before 1970 or after 9998.';
  return undefined;
}
