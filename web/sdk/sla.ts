// The shapes of business hours and promises in the API (docs/users/sla.md). Durations are of open time.
import type { Priority } from './conversations';
import type { Locale } from './types';

export type Metric = 'first_response' | 'next_response' | 'resolution';

// Of what is promised in a conversation, what is due first.
export interface Due {
  metric: Metric;
  stage: 'running' | 'paused';
  started_at: string;
  warns_at?: string;
  due_at?: string;
  target_s: number;
  left_s: number;
}
export interface Interval {
  from: string;  // "09:00"
  to: string;    // "24:00" is the end of the day
}
export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Week = Record<(typeof weekdays)[number], Interval[]>;
export interface Holiday {
  date: string;
  name: string;
  yearly?: boolean;
  open: Interval[];
}
export interface Calendar {
  id: string;
  name: string;
  zone: string;
  week: Week;
  holidays: Holiday[];
  open_now: boolean;
  opens_at?: string;
  retired: boolean;
}
export interface HolidayImport {
  calendar: Calendar;
  added: number;
  changed: number;
  skipped: string[];
}
export type Targets = Partial<Record<Metric, number>>;  // minutes
export interface Step {
  on: 'warning' | 'breach';
  metric?: Metric;
  priority?: Priority;
  team?: string;
  notify: string[];
  notify_assignee?: boolean;
}
export interface Policy {
  id: string;
  name: string;
  place: number;
  calendar?: string;
  applies_to: { teams: string[]; mailboxes: string[]; labels: string[]; locales: Locale[]; channels: string[] };
  targets: Partial<Record<Priority, Targets>>;
  warn_at_percent: number;
  pause_when_snoozed: boolean;
  api_answers_count: boolean;
  steps: Step[];
  retired: boolean;
}
