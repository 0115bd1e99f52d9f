// Ratings: what customers say of how they were helped.
export type RatingScale = 'stars' | 'thumbs';
export interface RatingSettings {
  on: boolean;
  delay_s: number;
  scale: RatingScale;
  locales: string[];
  question: Record<string, string>;
  again_after_days: number;
  changeable_days: number;
}
export interface ScopedRatingSettings extends RatingSettings {
  scope: string;
  changed_at?: string;
}
export interface Rating {
  id: string;
  conversation: string;
  number: number;
  state: 'waiting' | 'asked' | 'rated' | 'passed_over' | 'withdrawn';
  scale: RatingScale;
  resolved_at: string;
  due_at?: string;
  asked_at?: string;
  rated_at?: string;
  score?: number;
  comment: string;
  via?: 'mail' | 'widget';
  reason?: string;
  customer?: string;
  mailbox: string;
  team?: string;
  agent?: string;
}
export interface RatingFigures {
  key: string;
  name: string;
  asked: number;
  answers: number;
  good: number;
  score_sum: number;
}
export interface RatingReport {
  from: string;
  to: string;
  all: RatingFigures;
  items: RatingFigures[];
}
export interface ChatSite {
  id: string;
  name: string;
  mailbox: string;
  team?: string;
  origins: string[];
  locales: string[];
  colour: string;
  greeting: Record<string, string>;
  mail_after_s: number;
  calendar?: string;
  embed: string;
  retired: boolean;
  created_at: string;
  changed_at: string;
}
