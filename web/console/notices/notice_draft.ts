// A notice that is being written: kept in this browser until it is sent, with an idempotency key that belongs to exactly these contents.
import type { Assurance, Locale, NoticeKind, UploadedFile } from '../../sdk/types';
import { new_key, type Recipient } from '../deliveries/draft';
import { once_a_day, recurrence_of, type Again } from './recurrence';
import { pruned, type Data, type Schema } from './schema';

export interface NoticeDraft {
  kind: string;
  data: Data;
  recipients: Recipient[];
  files: (UploadedFile & { at: number })[];
  locale: Locale | '';
  delivery: '' | 'plain' | 'registered';  // empty: as the kind has it
  assurance: Assurance;
  reference: string;
  when: 'now' | 'at' | 'again';
  send_at: string;  // as the field has it, in the viewer's zone
  again: Again;
  attempt?: { key: string; body: string };
}

export const empty_notice: NoticeDraft = { kind: '', data: {}, recipients: [], files: [], locale: '', delivery: '', assurance: 'low', reference: '', when: 'now', send_at: '', again: once_a_day };

export function is_registered(draft: NoticeDraft, kind: NoticeKind | undefined): boolean {
  return (draft.delivery || kind?.delivery) === 'registered';
}

export function body_of(draft: NoticeDraft, kind: NoticeKind): Record<string, unknown> {
  const registered = is_registered(draft, kind);
  return {
    kind: draft.kind,
    recipients: draft.recipients.map((one) =>
      one.kind === 'known'
        ? { customer: one.customer }
        : { email: one.email, ...(one.name ? { name: one.name } : {}), ...(one.second_email && registered ? { second_email: one.second_email } : {}), ...(one.locale ? { locale: one.locale } : {}) },
    ),
    data: pruned(draft.data, kind.schema as Schema) ?? {},
    ...(draft.files.length ? { files: draft.files.map((file) => ({ file: file.id })) } : {}),
    ...(draft.locale ? { locale: draft.locale } : {}),
    ...(draft.delivery ? { delivery: draft.delivery } : {}),
    ...(registered ? { assurance: draft.assurance } : {}),
    ...(draft.reference.trim() ? { reference: draft.reference.trim() } : {}),
    ...(draft.when === 'at' && draft.send_at ? { send_at: new Date(draft.send_at).toISOString() } : {}),
  };
}

// Again and again: the notice and when it goes; each run makes new deliveries.
export function schedule_of(draft: NoticeDraft, kind: NoticeKind, name: string): Record<string, unknown> {
  return { name, notice: body_of(draft, kind), recurrence: recurrence_of(draft.again) };
}

export function with_attempt(draft: NoticeDraft, kind: NoticeKind): NoticeDraft & { attempt: { key: string; body: string } } {
  const body = JSON.stringify(body_of(draft, kind));
  return { ...draft, attempt: draft.attempt?.body === body ? draft.attempt : { key: new_key(), body } };
}
