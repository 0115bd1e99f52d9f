// What is being written: kept in this browser until it is sent. Each attempt has an idempotency key that belongs to exactly these
// contents, so that a double click, a retry, or a reload in the middle never sends twice.
import type { Assurance, Kind, Locale, NewDelivery, UploadedFile } from '../../sdk/types';

export interface KnownRecipient {
  kind: 'known';
  customer: string;
  name: string;
  email: string;
  locale: Locale;
  addresses: number;
}
export interface TypedRecipient {
  kind: 'typed';
  email: string;
  name: string;
  second_email: string;
  locale: Locale | '';
}
export type Recipient = KnownRecipient | TypedRecipient;

export interface Draft {
  kind: Kind;
  recipients: Recipient[];
  subject: string;
  text: string;
  files: (UploadedFile & { at: number })[];
  locale: Locale | '';
  assurance: Assurance;
  accept_until: string;  // as the field has it, in the viewer's zone
  reference: string;
  attempt?: { key: string; body: string };
}

export const empty_draft: Draft = { kind: 'registered', recipients: [], subject: '', text: '', files: [], locale: '', assurance: 'low', accept_until: '', reference: '' };

const upload_life_ms = 23 * 3_600_000;  // the server keeps uploads for 24 h

// A remembered draft of an older version, or with files that are gone from the server, is made whole.
export function mend(found: Partial<Draft> | undefined, now: number): Draft {
  const draft = { ...empty_draft, ...found };
  return { ...draft, files: draft.files.filter((file) => now - file.at < upload_life_ms) };
}

export function is_empty(draft: Draft): boolean {
  return !draft.recipients.length && !draft.subject && !draft.text && !draft.files.length && !draft.reference;
}

export function body_of(draft: Draft): NewDelivery {
  const registered = draft.kind === 'registered';
  return {
    kind: draft.kind,
    recipients: draft.recipients.map((one) =>
      one.kind === 'known'
        ? { customer: one.customer }
        : {
            email: one.email,
            ...(one.name ? { name: one.name } : {}),
            ...(one.second_email && registered ? { second_email: one.second_email } : {}),
            ...(one.locale ? { locale: one.locale } : {}),
          },
    ),
    subject: draft.subject.trim(),
    text: draft.text,
    files: draft.files.map((file) => ({ file: file.id })),
    ...(draft.locale ? { locale: draft.locale } : {}),
    ...(registered ? { assurance: draft.assurance } : {}),
    ...(registered && draft.accept_until ? { accept_until: new Date(draft.accept_until).toISOString() } : {}),
    ...(draft.reference.trim() ? { reference: draft.reference.trim() } : {}),
  };
}

export function new_key(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

// The same contents keep their key; changed contents get a new one.
export function with_attempt(draft: Draft, make_key: () => string = new_key): Draft & { attempt: { key: string; body: string } } {
  const body = JSON.stringify(body_of(draft));
  if (draft.attempt?.body === body) return { ...draft, attempt: draft.attempt };
  return { ...draft, attempt: { key: make_key(), body } };
}

// What can be seen to be missing before asking the server, as its problem document would say it.
export interface Missing {
  pointer: string;
  what: 'recipients' | 'subject' | 'text' | 'second_email' | 'past';
}

export function missing_in(draft: Draft, now: number): Missing[] {
  const found: Missing[] = [];
  if (!draft.recipients.length) found.push({ pointer: '/recipients', what: 'recipients' });
  draft.recipients.forEach((one, index) => {
    if (draft.kind === 'registered' && draft.assurance === 'low' && one.kind === 'typed' && !one.second_email) found.push({ pointer: `/recipients/${index}/second_email`, what: 'second_email' });
  });
  if (!draft.subject.trim()) found.push({ pointer: '/subject', what: 'subject' });
  if (!draft.text.trim()) found.push({ pointer: '/text', what: 'text' });
  if (draft.kind === 'registered' && draft.accept_until && new Date(draft.accept_until).getTime() <= now) found.push({ pointer: '/accept_until', what: 'past' });
  return found;
}
