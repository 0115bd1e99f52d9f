// The tables of src/evidence/evidence.hpp that a record is measured by; a test compares them with it.
export interface EventInfo {
  label: string;    // "A1"
  name: string;     // "SubmissionAcceptance"
  clause: string;   // of EN 319 522-1
  negative: boolean;
}

const table = `
A1 SubmissionAcceptance 6.2.2
A2 SubmissionRejection 6.2.2 negative
C1 NotificationForAcceptance 6.2.4
C2 NotificationForAcceptanceFailure 6.2.4 negative
C3 ConsignmentAcceptance 6.2.4
C4 ConsignmentRejection 6.2.4 negative
C5 AcceptanceRejectionExpiry 6.2.4 negative
C6 NotificationDelivered 6.2.4
D1 ContentConsignment 6.2.5
D2 ContentConsignmentFailure 6.2.5 negative
D3 ConsignmentNotification 6.2.5
D4 ConsignmentNotificationFailure 6.2.5 negative
D5 NotificationAccessTracking 6.2.5
D6 ContentAccessTracking 6.2.5
E1 ContentHandover 6.2.6
E2 ContentHandoverFailure 6.2.6 negative
F1 RelayToNonERDS 6.2.7
F2 RelayToNonERDSFailure 6.2.7 negative`;

export const events: EventInfo[] = table.trim().split('\n').map((line) => {
  const [label = '', name = '', clause = '', negative] = line.split(' ');
  return { label, name, clause, negative: negative !== undefined };
});
const uri_prefix = 'http://uri.etsi.org/19522/Event/';
export const event_uri = (event: EventInfo): string => uri_prefix + event.name;
export const event_from_uri = (uri: string): EventInfo | undefined => events.find((event) => event_uri(event) === uri);

const arc = '2.25.172457475052262837191872969250221144903';
export const evidence_policy = `${arc}.1`;
export const chain_namespace = `urn:oid:${arc}.7`;
export const extension_namespace = `urn:oid:${arc}.6`;
export const reason_prefix = `urn:oid:${arc}.3#`;
export const reasons = [
  'SenderNotAllowed', 'SubmissionInvalid', 'LimitExceeded', 'ContentRefused', 'AddressUnusable', 'ServerRefused', 'ServerUnreachable', 'RecipientAccepted',
  'RecipientRefused', 'DeadlinePassed', 'RecipientNotIdentified', 'ContentErased', 'ContentUnavailable', 'CancelledBySender', 'SystemFailure', 'OutcomeUnknown',
];

export const ns = {
  erds: 'http://uri.etsi.org/19522/v1#',
  ds: 'http://www.w3.org/2000/09/xmldsig#',
  xades: 'http://uri.etsi.org/01903/v1.3.2#',
  saml: 'urn:oasis:names:tc:SAML:2.0:assertion',
};
export const uri = {
  exc_c14n: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  enveloped: 'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  ecdsa_sha256: 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
  signed_properties: 'http://uri.etsi.org/01903#SignedProperties',
};
export const format_version = 'EN319522v1.1.1';
export const legal_name = 'http://eidas.europa.eu/attributes/legalperson/LegalName';
export const display_name = 'urn:oid:2.16.840.1.113730.3.1.241';
