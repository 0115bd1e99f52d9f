// The shapes of routing in the API (docs/users/routing.md).
import type { Locale } from './types';

export type Presence = 'online' | 'away' | 'offline';
export interface PresenceView {
  presence: Presence;
  since: string;
  at_work: boolean;
}
export interface RoutingSettings {
  teams: string[];
  weights: { email: number; form: number; chat: number };
  skills: string[];
}
export interface RoutedAgent {
  agent: string;
  name: string;
  capacity: number;
  skills: string[];
  languages: Locale[];
  calendar?: string;
  presence: Presence;
  since: string;
  at_work: boolean;
  load: number;
  teams: string[];
}
export type Verdict = 'chosen' | 'not_present' | 'outside_hours' | 'had_it' | 'lacks_skill' | 'lacks_language' | 'full' | 'more_loaded' | 'less_credit';
export interface RoutingCandidate {
  agent: string;
  name: string;
  verdict: Verdict;
  load: number;
  capacity: number;
  assigned_at?: string;
}
export interface Assignment {
  at: string;
  agent?: string;
  cause: 'message' | 'freed' | 'present' | 'opening' | 'settings';
  team: string;
  channel: 'email' | 'form' | 'chat';
  locale: Locale;
  skills: string[];
  weight: number;
  candidates: RoutingCandidate[];
}
