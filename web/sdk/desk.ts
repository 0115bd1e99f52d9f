// The shapes of the agent's desk in the API (docs/users/desk.md): canned replies, macros, runs.
import type { Conversation, ConversationState, MessageKind, Priority } from './conversations';
import type { Locale } from './types';

export type Audience = 'own' | 'team' | 'everyone';

export interface Kept {
  id: string;
  name: string;
  folder: string;
  audience: Audience;
  team?: string;
  owner?: string;
  may_change: boolean;
  version: number;
  created_at: string;
  changed_at: string;
}
export interface CannedReply extends Kept {
  shortcut?: string;
  versions: Partial<Record<Locale, string>>;
}
export interface Gap {
  variable: string;
  gives: string;
}
export interface Rendered {
  text: string;
  locale: Locale;
  gaps: Gap[];
}
export interface Variable {
  name: string;
  always: boolean;
}

export type Does = 'set_state' | 'assign' | 'give_to_team' | 'set_priority' | 'add_label' | 'remove_label' | 'snooze' | 'note' | 'reply' | 'set_field' | 'notify';
export interface Action {
  does: Does;
  state?: ConversationState;
  assignee?: string;  // an agent, "me", or empty: nobody
  team?: string;      // empty: none
  priority?: Priority;
  label?: string;
  minutes?: number;
  people?: string[];  // whom notify tells: agents, or "assignee"
  text?: string;
  canned_reply?: string;
  field?: string;
  value?: FieldValue;
}
export interface Macro extends Kept {
  actions: Action[];
}

export interface Standing {
  state: ConversationState;
  snoozed_until?: string;
  priority: Priority;
  team?: string;
  assignee?: string;
  labels: string[];
  fields: Record<string, FieldValue>;
}
export interface RunPreview {
  before: Standing;
  after: Standing;
  messages: { kind: MessageKind; text: string; locale: Locale; gaps: Gap[] }[];
  code?: string;
  reason?: string;
}
export interface RunOutcome {
  conversation: string;
  done: boolean;
  run?: string;
  undo_until?: string;
  code?: string;
  reason?: string;
}

// ---- fields, attributes, segments, views
export type FieldKind = 'text' | 'number' | 'date' | 'choice' | 'yes_no';
export type FieldValue = string | number | boolean;
export interface Field {
  id: string;
  key: string;
  name: string;
  kind: FieldKind;
  choices: string[];
  required: boolean;
  teams: string[];
  place: number;
  retired: boolean;
  created_at: string;
  changed_at: string;
}
export interface Attribute {
  key: string;
  name: string;
  kind: FieldKind;
  choices: string[];
}
export interface CustomerAttributes {
  customer: string;
  values: Record<string, FieldValue>;
  segments: { id: string; name: string }[];
  changed_at?: string;
}
export type Test = 'is' | 'is_not' | 'at_least' | 'at_most' | 'contains' | 'present' | 'absent';
export interface Condition {
  attribute: string;
  test: Test;
  value?: FieldValue;
}
export interface Segment extends Omit<Kept, 'folder'> {
  all: Condition[];
}
export interface ViewFilter {
  state?: ConversationState;
  assignee?: string;  // an agent, "me", or empty: nobody
  label?: string;
  mailbox?: string;
  team?: string;
  channel?: Conversation['channel'];
  priorities: Priority[];
  locale?: Locale;
  field?: { field: string; value: FieldValue };
  segment?: string;
  waiting_minutes?: number;
}
export interface SavedView extends Omit<Kept, 'folder'> {
  place: number;
  filter: ViewFilter;
  counted_by?: string;  // the scope of the counters
}

// ---- mentions
export interface Mention {
  message: string;
  conversation: string;
  number: number;
  subject: string;
  by: string;
  excerpt: string;
  at: string;
  read: boolean;
}
export interface MentionPage {
  items: Mention[];
  next?: string;
  unread: number;
}

// ---- rules
export interface Rule {
  id: string;
  name: string;
  place: number;
  active: boolean;
  stop: boolean;
  when: string[];
  filter?: ViewFilter;
  contains?: { subject?: string; text?: string; name?: string };
  hours?: { calendar: string; open: boolean };  // when it happened: within them, or outside
  actions: Action[];
  version: number;
  created_at: string;
  changed_at: string;
}
export interface RuleRun {
  seq: number;
  kind: string;
  conversation: string;
  number: number;
  at: string;
  depth: number;
  done: boolean;
  code?: string;
  reason?: string;
}
export interface DryRun {
  looked_at: number;
  waited_for: number;
  items: { seq: number; kind: string; conversation: string; number: number; subject: string; at: string }[];
}
