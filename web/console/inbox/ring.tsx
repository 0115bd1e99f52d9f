// The small ring of a promise (ui.md, rule 5): how much of its time is used. The words are for pointers and screen readers.
import type { Due } from '../../sdk/sla';
import { format_deadline, format_relative } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { now } from '../../ui/time';
import { minutes_text, standing } from './due';

const around = 2 * Math.PI * 6;

export function due_words(due: Due, at: Date): string {
  const metric = t(`metric.${due.metric}`);
  if (due.stage === 'paused') return t('due.paused', { metric, left: minutes_text(Math.ceil(due.left_s / 60)) });
  if (!due.due_at) return t('due.never', { metric });
  const { tone } = standing(due, at);
  const ends = new Date(due.due_at);
  const when = `${format_relative(ends, at, locale.value)} (${format_deadline(ends, locale.value)})`;
  return t(tone === 'breach' ? 'due.late' : tone === 'warning' ? 'due.soon' : 'due.left', { metric, when });
}

export function Ring({ due }: { due: Due }) {
  const { share, tone } = standing(due, now.value);
  const words = due_words(due, now.value);
  return (
    <svg class="ring" data-tone={tone} viewBox="0 0 16 16" role="img" aria-label={words}>
      <title>{words}</title>
      <circle cx="8" cy="8" r="6" />
      <circle cx="8" cy="8" r="6" transform="rotate(-90 8 8)" {...(tone === 'paused' ? {} : { 'stroke-dasharray': `${share * around} ${around}` })} />
      {tone === 'breach' && <circle class="ring-dot" cx="8" cy="8" r="2.5" />}
    </svg>
  );
}
