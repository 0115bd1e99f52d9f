// The shapes of web forms in the API (docs/users/forms.md).
import type { Priority } from './conversations';
import type { Locale } from './types';

export type Words = Partial<Record<Locale, string>>;
export type FormFieldKind = 'short_text' | 'long_text' | 'email' | 'phone' | 'number' | 'date' | 'choice' | 'choices' | 'checkbox' | 'file';
export type FormFieldUse = 'sender_name' | 'sender_email' | 'subject' | 'message';
export type FormPattern = 'digits' | 'letters' | 'letters_and_digits' | 'postcode' | 'iban' | 'url';
export type FormFileGroup = 'image' | 'pdf' | 'document' | 'text' | 'audio' | 'video' | 'archive';
export type FormRuleTest = 'is' | 'is_not' | 'contains' | 'filled' | 'empty';

export interface FormChoice {
  value: string;
  label: Words;
}
export interface FormField {
  key: string;
  kind: FormFieldKind;
  label: Words;
  help: Words;
  placeholder: Words;
  required?: boolean;
  min_length?: number;
  max_length?: number;
  least?: number;
  most?: number;
  pattern?: FormPattern;
  choices: FormChoice[];
  max_files?: number;
  max_mb?: number;
  file_types: FormFileGroup[];
  use?: FormFieldUse;
  fills?: string;
}
export interface FormRule {
  field: string;
  test: FormRuleTest;
  value?: string;
  team?: string;
  priority?: Priority;
  label?: string;
}
export interface FormDefinition {
  locales: Locale[];
  title: Words;
  intro: Words;
  button: Words;
  thanks: Words;
  mailbox: string;
  team?: string;
  priority?: Priority;
  fields: FormField[];
  consent?: { text: Words; required?: boolean };
  rules: FormRule[];
  guard?: { least_seconds?: number; most_links?: number; work?: boolean };
  redirect?: string;
  origins: string[];
  confirm?: boolean;
}
export type FormState = 'draft' | 'published' | 'closed';
export interface FormSummary {
  id: string;
  name: string;
  slug: string;
  url: string;
  state: FormState;
  locales: Locale[];
  fields: number;
  submissions: number;
  held: number;
  number: number;
  unpublished_changes: boolean;
  created_at: string;
  changed_at: string;
}
export interface FormFinding {
  pointer: string;
  rule: string;
  fix: string;
}
export interface Form extends FormSummary {
  version: number;
  definition: FormDefinition;
  findings: FormFinding[];
  embed_script: string;
  embed_frame: string;
}
export interface HeldWords {
  subject: string;
  text: string;
  name: string;
  address: string;
  fields: { name: string; label: string; value: string }[];
  files: { name: string; media_type: string; size: number }[];
}
export interface FormSubmission {
  id: string;
  form: string;
  reference: string;
  state: 'entered' | 'held' | 'released' | 'discarded';
  reasons: string[];
  locale: Locale;
  number: number;
  consent?: { words: string; locale: Locale; number: number; given: boolean; at: string };
  conversation?: string;
  words?: HeldWords;
  expires_at?: string;
  at: string;
  changed_at: string;
}
