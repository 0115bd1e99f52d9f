// The shapes of the API (docs/users/api.md). Times are RFC 3339 UTC; what is absent is not there.
import type * as server from './generated';

export type Locale = 'en' | 'it' | 'th' | 'ja' | 'ko' | 'fa';
export type Kind = 'registered' | 'plain';
export type Assurance = 'basic' | 'low' | 'substantial' | 'high';

export interface Page<T> {
  items: T[];
  next?: string;
}
export interface FieldProblem {
  pointer: string;
  rule: string;
  fix: string;
  code?: string;  // of the rule: docs/integrators/rules.md
  values?: string[];
}
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail?: string;
  code: string;
  fields?: FieldProblem[];
  request_id?: string;
}

export interface Agent {
  id: string;
  name: string;
  email: string;
  locale: Locale;
  role: string;
  has_password: boolean;
  has_totp: boolean;
  disabled?: boolean;
  signed_in_at?: string;
}
export interface SignInLink {
  url: string;
  expires_at: string;
}
export interface Provider {
  id: string;
  name: string;
}
export interface LinkedIdentity {
  id: string;
  provider: string;
  subject: string;
  created_at: string;
  used_at?: string;
}
export interface OwnSession {
  id: string;
  opened_by: string;
  remote: string;
  user_agent: string;
  created_at: string;
  seen_at: string;
  current: boolean;
}
export interface RecoveryCodes {
  recovery_codes: string[];
}
export interface Session {
  agent: Agent;
  permissions: string[];
  expires_at: string;
}
export interface Role {
  name: string;
  permissions: string[];
}
export interface TotpSecret {
  secret: string;
  uri: string;
}
export interface ApiKey {
  id: string;
  name: string;
  scopes: string[];
  created_at: string;
  expires_at?: string;
  used_at?: string;
  revoked_at?: string;
}
export interface NewApiKey {
  id: string;
  key: string;
}

export interface Address {
  id: string;
  kind: 'email';
  value: string;
  verified: boolean;
  verified_at?: string;
  primary: boolean;
  record?: string;  // the merged record that it stands with
}
export interface MergedRecord {
  id: string;
  name: string;
  external_id?: string;
  into: string;
  merged_at: string;
}
export interface SimilarCustomer {
  customer: Customer;
  why: 'address' | 'name';
  verified: boolean;
}
export interface CustomerSplit {
  customer: Customer;
  from: string;
  addresses: number;
  conversations: string[];
  left: string[];
}
export interface ErasureReport {
  conversations: string[];
  messages: number;
  files: number;
  deliveries: number;
  attributes: boolean;
}
export interface Customer {
  id: string;
  name: string;
  locale: Locale;
  external_id?: string;
  addresses: Address[];
  created_at: string;
  changed_at: string;
  erased_at?: string;
  merged?: MergedRecord[];  // that they answer for; lists leave it out
}
export interface NewCustomer {
  name: string;
  locale: Locale;
  external_id?: string;
  addresses: { kind: 'email'; value: string; verified: boolean }[];
}

export interface Event {
  seq: number;
  at: string;
  kind: string;
  subject: string;
  customer?: string;
  data: Record<string, unknown>;
}

export interface DeliverySummary {
  id: string;
  submission: string;
  kind: Kind;
  state: string;
  subject?: string;  // absent once erased
  recipient: { customer: string; name: string; email: string };
  locale: Locale;
  assurance: Assurance;
  submitted_at: string;
  accept_until?: string;
  changed_at: string;
  reference?: string;
  evidence_count: number;
  erased: boolean;
}
export interface DeliveryFile {
  name?: string;  // absent once erased
  media_type: string;
  size: number;
  sha256: string;
}
export interface Evidence {
  id: string;
  code: string;
  name: string;
  clause: string;
  time: string;
  leaf_index?: number;
  logged: boolean;
  timestamped: boolean;
  reasons: { code: string; details: string }[];
}
export interface DeliveryLetter {
  id: string;
  purpose: string;
  to: string;
  state: LetterState;
  attempts: number;
  last_reply?: string;
  at: string;
}
export interface Identification {
  codes: number;  // sent in the last 24 hours,
  sessions: number;  // to so many browsers
  refused: number;
  trouble: boolean;
  trouble_at?: string;
}
export interface Delegation {
  id: string;
  customer: string;
  delivery?: string;  // absent: all of the customer's
  name: string;
  email: string;
  second_email?: string;
  locale: Locale;
  made_by: string;
  made_at: string;
  valid_until: string;
  revoked_at?: string;
}
export interface Delivery extends DeliverySummary {
  text?: string;
  files: DeliveryFile[];
  evidence: Evidence[];
  letters: DeliveryLetter[];
  identification: Identification;
  qualified: boolean;
}
export interface UploadedFile {
  id: string;
  name: string;
  media_type: string;
  size: number;
  sha256: string;
}
export type NewRecipient = { customer: string } | { email: string; name?: string; second_email?: string; locale?: Locale };
export interface NewDelivery {
  kind: Kind;
  recipients: NewRecipient[];
  subject: string;
  text: string;
  files: { file: string }[];
  locale?: Locale;
  assurance?: Assurance;
  accept_until?: string;
  reference?: string;
}
export interface Submission {
  submission: string;
  deliveries: DeliverySummary[];
}

export type LetterState = 'queued' | 'attempting' | 'accepted' | 'unknown' | 'failed' | 'cancelled' | (string & {});
export interface OutboxItem {
  id: string;
  owner: string;
  purpose: string;
  channel: string;
  to: string;
  state: LetterState;
  attempts: number;
  next_at?: string;
  last_reply?: string;
  created_at: string;
  changed_at: string;
}
export interface AuditRow {
  id: string;
  at: string;
  actor_kind: string;
  actor_name: string;
  verb: string;
  subject: string;
  outcome: 'done' | 'refused' | 'forbidden';
  remote: string;
}

export interface KeySettings {
  seal: { algorithm: string; subject: string; fingerprint: string; not_after?: string; qualified: boolean };
  tsa: { url: string; qualified: boolean; waiting: number; unreachable_since?: string };
  log: { origin: string; public_key: string; size: number; root: string; checkpoint_size?: number };
}
export type MailSettings = Record<string, unknown>;

// ---- What the console takes as the server describes it. In replies lists are always there; the document calls them optional because
// they may be left out when sending.
type Listed<T> = { [K in keyof T]-?: NonNullable<T[K]> extends unknown[] ? K : never }[keyof T];
export type Reply<T> = T extends (infer Item)[] ? Reply<Item>[] : T extends object ? (string extends keyof T ? T : { [K in Listed<T>]-?: Reply<NonNullable<T[K]>> } & { [K in Exclude<keyof T, Listed<T>>]: Reply<T[K]> }) : T;

export type Suppression = Reply<server.Suppression>;
export type Bounce = Reply<server.Bounce>;
export type InboundItem = Reply<server.InboundItem>;
export type DeadLetter = Reply<server.DeadLetter>;
export type DeadFilter = server.DeadFilter;
export type Replayed = Reply<server.Replayed>;
export type Domain = Reply<server.DomainView>;
export type DomainLine = Reply<server.DomainLine>;
export type SigningKeys = Reply<server.DkimView>;
export type SigningKey = Reply<server.KeyView>;
export type Sites = Reply<server.SitesView>;
export type Site = Reply<server.SiteView>;
export type SiteRule = Reply<server.SiteRule>;
export type Sources = Reply<server.SourcesView>;
export type Source = Reply<server.SourceState>;
export type WarmUp = Reply<server.WarmUp>;
export type MessagesReplayed = server.MessagesReplayed;
export type Webhook = Reply<server.WebhookView>;
export type WebhookMade = Reply<server.WebhookMade>;
export type WebhookEvent = Reply<server.EventKind>;
export type WebhookMessage = Reply<server.MessageView>;
export type WebhookMessageDetail = Reply<server.MessageDetail>;
export type Notice = Reply<server.NoticeView>;
export type NoticeKind = Reply<server.KindView>;
export type NewNoticeKind = server.NewKind;
export type TemplateVersion = Reply<server.TemplateSummary>;
export type Template = Reply<server.TemplateView>;
export type TemplateDiff = Reply<server.TemplateDiff>;
export type DiffLine = Reply<server.DiffLine>;
export type PreviewRequest = server.PreviewRequest;
export type LetterPreview = Reply<server.PreviewView>;

export type Bulk = Reply<server.BulkView>;
export type BulkCounts = Reply<server.BulkCounts>;
export type BulkProgress = Reply<server.BulkProgress>;
export type BulkMapping = server.BulkMapping;
export type BulkRow = Reply<server.BulkRowView>;
export type Recurrence = server.Recurrence;
export type Schedule = Reply<server.ScheduleView>;
export type ScheduleRun = Reply<server.ScheduleRunView>;
export type Digest = Reply<server.DigestView>;
export type ThrottleSettings = server.ThrottleSettings;
export type Occurrences = Reply<server.Occurrences>;
export type QuietWindow = Reply<server.QuietWindow>;
export type Choice = Reply<server.ChoiceView>;
export type Preferences = Reply<server.PreferencesView>;
export type Category = Reply<server.CategoryView>;
export type Consent = Reply<server.ConsentView>;
