// The shapes of the knowledge base in the API (docs/users/knowledge.md).
import type { Locale } from './types';

export type Words = Partial<Record<Locale, string>>;
export type ArticleKind = 'article' | 'question';
export type AudienceKind = 'public' | 'customers' | 'agents';
export type TextState = 'draft' | 'in_review' | 'approved' | 'scheduled' | 'published' | 'withdrawn';
export type FeedbackReason = 'unclear' | 'wrong' | 'outdated' | 'incomplete' | 'other';

export interface KnowledgeSettings {
  version: number;
  title: Words;
  intro: Words;
  locales: Locale[];  // of the help centre, the first is the main one
  review_required: boolean;
  four_eyes: boolean;
  review_every_days: number;  // 0: never
  online: boolean;
  feedback: boolean;
}
export interface Product {
  id: string;
  slug: string;
  name: Words;
  description: Words;
  position: number;
  retired: boolean;
  categories: number;
  articles: number;
  version: number;
  changed_at: string;
}
export interface Category {
  id: string;
  product?: string;
  parent?: string;
  slug: string;
  name: Words;
  description: Words;
  position: number;
  retired: boolean;
  articles: number;  // directly in it
  published: number;
  version: number;
  changed_at: string;
}
export interface Audience {
  kind: AudienceKind;
  segment?: string;  // with customers alone
}
export interface TextSummary {
  locale: Locale;
  state: TextState;
  number: number;  // of the published version; 0: none
  visible: boolean;
  outdated: boolean;
  changed_at: string;
  publish_at?: string;
}
export interface ArticleSummary {
  id: string;
  kind: ArticleKind;
  source: Locale;
  title: string;
  title_locale: Locale;
  category?: string;
  products: string[];
  audience: Audience;
  owner?: string;
  retired: boolean;
  expires_at?: string;
  review_due_at?: string;
  review_due: boolean;
  translations: TextSummary[];
  helped: number;
  not_helped: number;
  created_at: string;
  changed_at: string;
}
export interface Article extends ArticleSummary {
  version: number;
  review_every_days?: number;
  addresses: { locale: Locale; slug: string; url: string; current: boolean }[];
  retired_at?: string;
  created_by?: string;
  may_approve: boolean;
  may_publish: boolean;
}
export interface NewArticle {
  kind?: ArticleKind;
  locale: Locale;
  title: string;
  summary?: string;
  body?: string;
  category?: string;
  products?: string[];
  audience?: Audience;
  owner?: string;
}
export interface ArticleFacts {
  version: number;
  kind: ArticleKind;
  source: Locale;
  category?: string;
  products: string[];
  audience: Audience;
  owner?: string;
  expires_at?: string;
  review_due_at?: string;
  review_every_days?: number;
}
export interface TextFinding {
  rule: string;
  text: string;
  line?: number;
}
export interface TextReview {
  by: string;
  at: string;
  comment?: string;
  verdict: 'asked' | 'returned' | 'approved';
  verdict_by?: string;
  verdict_at?: string;
  verdict_comment?: string;
}
// A text of an article in a language; the source's, too.
export interface ArticleText {
  article: string;
  locale: Locale;
  state: TextState;
  version: number;  // of the draft; 0: there is none yet
  number: number;
  title: string;
  summary: string;
  body: string;
  slug?: string;
  address?: string;
  url?: string;
  made_from: number;  // the source's version that it was made from
  source_number: number;
  outdated: boolean;
  writers: string[];
  review?: TextReview;
  publish_at?: string;
  published_at?: string;
  visible: boolean;
  changed_at: string;
  changed_by?: string;
  findings: TextFinding[];
}
export interface PutText {
  version: number;
  title: string;
  summary?: string;
  body: string;
  slug?: string;
  made_from?: number;
}
export interface TextVersion {
  number: number;
  title: string;
  published_at: string;
  published_by?: string;
  approved_by?: string;
  made_from: number;
  words: number;
}
export interface VersionText extends TextVersion {
  summary: string;
  body: string;
}
export interface ComparedPiece {
  kind: 'same' | 'added' | 'removed';
  text: string;
}
export interface ComparedLine {
  kind: 'same' | 'added' | 'removed' | 'changed';
  before?: number;
  after?: number;
  pieces: ComparedPiece[];
}
export interface Comparison {
  lines: ComparedLine[];
  added: number;
  removed: number;
  truncated: boolean;
}
export interface Preview {
  html: string;
  outline: { level: number; text: string; anchor: string }[];
  words: number;
  findings: TextFinding[];
}
export interface KnowledgeFile {
  id: string;
  name: string;
  media_type: string;
  size: number;
  image: boolean;
  markdown: string;
  url: string;
  uploaded_by?: string;
  created_at: string;
  scan: 'clean' | 'infected' | 'not_scanned';
  used: boolean;
}
export interface KnowledgeOverview {
  articles: number;
  published: number;
  drafts: number;
  in_review: number;
  approved: number;
  scheduled: number;
  retired: number;
  due: number;
  by_locale: { locale: Locale; published: number; missing: number; outdated: number }[];
  helped_30d: number;
  not_helped_30d: number;
}
export interface Feedback {
  id: string;
  article: string;
  title: string;
  locale: Locale;
  number: number;
  helped: boolean;
  reason?: FeedbackReason;
  comment?: string;
  customer?: string;
  at: string;
}
export interface ReportedArticle {
  article: string;
  title: string;
  locale: Locale;
  helped: number;
  not_helped: number;
  share: number;
  reasons: Partial<Record<FeedbackReason, number>>;
  comments: number;
  last_at: string;
}
export interface KnowledgeReport {
  since: string;
  until: string;
  helped: number;
  not_helped: number;
  articles: ReportedArticle[];
}
