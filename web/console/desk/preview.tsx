// What a canned reply says here, and what a macro would change, before it happens.
import type { ComponentChildren } from 'preact';
import ArrowRight from 'icon:arrow-right';
import type { Gap, Rendered, RunPreview, Standing } from '../../sdk/desk';
import { format_deadline } from '../../ui/format';
import { locale, rich, t } from '../../ui/text';
import { names } from '../inbox/desk';
import { state_name } from '../inbox/views';
import { Note } from '../shell/note';
import { fields } from './kept';
import { shown_value } from './value';

export function Gaps({ gaps }: { gaps: Gap[] }) {
  if (!gaps.length) return null;
  return (
    <Note tone="warning">
      {gaps.map((gap) => (
        <p key={gap.variable} class="small">
          {gap.gives ? rich('canned.gap', { variable: <bdi class="ltr">{gap.variable}</bdi>, gives: <bdi>{gap.gives}</bdi> }) : rich('canned.gap_nothing', { variable: <bdi class="ltr">{gap.variable}</bdi> })}
        </p>
      ))}
    </Note>
  );
}

export function WordsPreview({ words, failure }: { words: Rendered | undefined; failure: string | undefined }) {
  if (failure) return <Note tone="breach">{failure}</Note>;
  if (!words) return <p class="muted small" role="status">{t('canned.reading')}</p>;
  return (
    <div class="stack words-preview">
      <p class="pre small" dir="auto">{words.text}</p>
      <Gaps gaps={words.gaps} />
    </div>
  );
}

const shown = (text: string | undefined): string => text ?? '…';
const named = (id: string | undefined, none: string): string => (id ? shown(names.value.get(id)) : none);

function changes(before: Standing, after: Standing): { what: string; from: string; to: string }[] {
  const said = (one: Standing) => ({
    state: one.state === 'snoozed' && one.snoozed_until ? `${state_name(one.state)}, ${t('inbox.until', { time: format_deadline(new Date(one.snoozed_until), locale.value) })}` : state_name(one.state),
    assignee: named(one.assignee, t('verb.nobody')),
    team: named(one.team, t('verb.no_team')),
    priority: t(`priority.${one.priority}`),
    labels: one.labels.map((id) => named(id, '')).sort().join(', ') || '–',
  });
  const [was, is] = [said(before), said(after)];
  const rows = [['inbox.state', 'state'], ['verb.assign', 'assignee'], ['verb.team', 'team'], ['verb.priority', 'priority'], ['verb.labels', 'labels']] as const;
  const of_fields = fields.value.map((one) => ({ what: one.name, from: shown_value(one, before.fields[one.key]), to: shown_value(one, after.fields[one.key]) }));
  return [...rows.map(([name, part]) => ({ what: t(name), from: was[part], to: is[part] })), ...of_fields].filter(({ from, to }) => from !== to);
}

export function ChangesPreview({ preview, failure }: { preview: RunPreview | undefined; failure: string | undefined }): ComponentChildren {
  if (failure) return <Note tone="breach">{failure}</Note>;
  if (!preview) return <p class="muted small" role="status">{t('canned.reading')}</p>;
  if (preview.code) return <Note tone="breach">{preview.reason}</Note>;
  const rows = changes(preview.before, preview.after);
  return (
    <div class="stack words-preview">
      {rows.map((row) => (
        <p key={row.what} class="small row"><span class="muted">{row.what}</span> <bdi>{row.from}</bdi> <ArrowRight size={14} class="turns" /> <strong><bdi>{row.to}</bdi></strong></p>
      ))}
      {preview.messages.map((message, index) => (
        <div key={index} class="stack">
          <p class="small muted">{t(message.kind === 'note' ? 'compose.note' : 'compose.reply')}</p>
          <p class="pre small" dir="auto">{message.text}</p>
          <Gaps gaps={message.gaps} />
        </div>
      ))}
      {!rows.length && !preview.messages.length && <p class="muted small">{t('macros.nothing_changes')}</p>}
    </div>
  );
}
