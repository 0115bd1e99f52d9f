// The shapes of conversations in the API (docs/users/conversations.md). Times are RFC 3339 UTC; what is absent is not there.
import type { Due } from './sla';
import type { Locale } from './types';

export type ConversationState = 'open' | 'pending' | 'snoozed' | 'resolved' | 'spam' | 'merged';
export type Priority = 'low' | 'normal' | 'high' | 'urgent';
export type MessageState = 'received' | 'noted' | 'queued' | 'sent' | 'unknown' | 'failed' | 'withdrawn';
export type MessageKind = 'reply' | 'note';
export type Channel = 'email' | 'form' | 'chat';

// [begin, end) in characters (code points) of `text`.
export interface Excerpt {
  text: string;
  matches: { begin: number; end: number }[];
}
export interface FoundIn {
  message: string;
  at: string;
  subject: Excerpt;
  from: Excerpt;
  text: Excerpt;
}
export interface Conversation {
  id: string;
  number: number;
  channel: Channel;
  state: ConversationState;
  priority: Priority;
  subject: string;
  preview: string;
  from: { customer?: string; name: string };
  mailbox: string;
  team?: string;
  assignee?: string;
  labels: string[];
  locale: Locale;
  messages: number;
  opened_at: string;
  last_at: string;
  waiting_since?: string;
  snoozed_until?: string;
  merged_into?: string;
  due?: Due;
  erased: boolean;
  version: number;
  found?: FoundIn;  // of a search: the newest message that fits
  unread?: boolean;  // a person has written what the viewer has not seen
}
export interface ConversationPage {
  items: Conversation[];
  next?: string;
  incomplete?: boolean;
  instead?: string;
}
export interface SearchItem {
  kind: 'conversation' | 'customer' | 'delivery';
  id: string;
  number?: number;
  state?: string;
  title: Excerpt;
  who: Excerpt;
  text: Excerpt;
  at: string;
  message?: string;
}
export interface Participant {
  id: string;
  address: string;
  role: 'sender' | 'recipient' | 'copied';
  proven: boolean;
}
export interface MergeSuggestion {
  conversation: string;
  number: number;
  subject: string;
  reason: string;
  at: string;
}
export interface ReplyTo {
  to: string[];
  cc: string[];
  subject: string;
}
export interface ConversationDetail extends Conversation {
  mailboxes: string[];
  participants: Participant[];
  suggestions: MergeSuggestion[];
  reply: ReplyTo;
  about?: string;
  follows?: string;
  merged: string[];
  resolved_at?: string;
  fields: Record<string, string | number | boolean>;  // the organisation's own, by key
}
export interface ConversationChange {
  state?: Exclude<ConversationState, 'merged'>;
  snoozed_until?: string;
  priority?: Priority;
  assignee?: string;  // empty: nobody's
  team?: string;
  labels?: string[];
  subject?: string;
  fields?: Record<string, string | number | boolean | null>;  // null takes a value away
}

export interface MailAddress {
  name: string;
  address: string;
}
export interface MessageAttachment {
  id: string;
  name: string;
  media_type: string;
  size: number;
  inside: boolean;
  content_id?: string;
  scan?: { finding: 'clean' | 'infected' | 'not_scanned'; words: string; at?: string };
}
export interface MessageLetter {
  id: string;
  to: string;
  state: string;
  attempts: number;
  last_reply?: string;
  returned?: string;
  changed_at: string;
}
export interface Message {
  id: string;
  conversation: string;
  origin: string;
  direction: 'in' | 'out' | 'note';
  channel: Channel;
  state: MessageState;
  at: string;
  author: { kind: string; id: string; name: string };
  from: MailAddress;
  to: MailAddress[];
  cc: MailAddress[];
  reply_to: MailAddress[];
  subject: string;
  other_subject: boolean;
  text: string;
  quoted: string;
  cut: boolean;
  fields: { name: string; label: string; value: string }[];
  has_html: boolean;
  attachments: MessageAttachment[];
  has_raw: boolean;
  matched_by?: 'token' | 'own_message_id' | 'reference' | 'none';
  matched?: string;
  automatic?: string;
  claims?: string;
  trouble?: string;
  letters: MessageLetter[];
  leaves_at?: string;
  key?: string;
  erased: boolean;
}
export interface NewMessage {
  kind: MessageKind;
  text?: string;
  html?: string;
  to?: string[];
  cc?: string[];
  subject?: string;
  attachments: string[];
  then?: 'open' | 'pending' | 'resolved';
  key: string;
  seen?: string;  // refused when others have written after this message
}
export interface NewConversation {
  mailbox: string;
  to: string[];
  cc: string[];
  name?: string;
  subject: string;
  text?: string;
  html?: string;
  attachments: string[];
  key: string;
}

export interface UploadedAttachment {
  id: string;
  name: string;
  media_type: string;
  size: number;
}
export interface DraftWords {
  text: string;
  html: string;
  to: string[];
  cc: string[];
  subject: string;
  attachments: string[];
  seen?: string;  // the last message when it was begun
}
export interface Draft {
  id: string;
  conversation: string;
  kind: MessageKind;
  version: number;
  words: DraftWords;
  files: UploadedAttachment[];
  returned?: DraftWords;  // of an answer that was taken back while this draft stood already
  changed_at: string;
}

export interface ScopeCount {
  scope: string;
  open: number;
  pending: number;
  snoozed: number;
  resolved: number;
  spam: number;
}
export interface Mailbox {
  id: string;
  address: string;
  name: string;
  aliases: string[];
  locale: Locale;
  team?: string;
  signatures: Record<string, string>;
  retired: boolean;
  created_at: string;
  changed_at: string;
}
export interface Label {
  id: string;
  name: string;
  colour: string;
  created_at: string;
  changed_at: string;
}
export interface Team {
  id: string;
  name: string;
  members: string[];
  retired: boolean;
  created_at: string;
  changed_at: string;
}
export interface Assignee {
  id: string;
  name: string;
}

// A mailbox elsewhere whose mails are fetched by IMAP.
export interface PickUp {
  id: string;
  address: string;
  host: string;
  port: number;
  security: 'tls' | 'starttls' | 'none';
  login: string;
  folder: string;
  mark_seen: boolean;
  from_now: boolean;
  enabled: boolean;
  state: 'off' | 'connecting' | 'following' | 'trouble';
  connected_at?: string;
  took: number;
  took_at?: string;
  trouble_code?: string;
  trouble?: string;
  trouble_at?: string;
  created_at: string;
  changed_at: string;
}

// ---- who looks where

export interface LookingAgent {
  agent: string;
  name: string;
  doing: 'viewing' | 'replying' | 'noting';
  until: string;
}
export interface LookedAt {
  conversation: string;
  lookers: LookingAgent[];
}
