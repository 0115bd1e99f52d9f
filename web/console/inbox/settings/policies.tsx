// What is promised to customers: policies in their order.
import { useEffect, useState } from 'preact/hooks';
import Handshake from 'icon:handshake';
import Plus from 'icon:plus';
import { get, patch } from '../../../sdk/client';
import type { Assignee, Label, Mailbox, Priority, Team } from '../../../sdk/conversations';
import type { Calendar, Metric, Policy } from '../../../sdk/sla';
import type { Page } from '../../../sdk/types';
import { Empty } from '../../../ui/blank';
import { locales } from '../../../ui/locales';
import { t } from '../../../ui/text';
import { subscribe } from '../../live';
import { useResource } from '../../resource';
import { act } from '../../sending';
import { may } from '../../session';
import { AreaFrame } from '../../shell/area_frame';
import { Loaded } from '../../shell/listing';
import { minutes_text } from '../due';
import { PolicyForm } from './policy_form';

export const priorities: Priority[] = ['urgent', 'high', 'normal', 'low'];
export const metrics: Metric[] = ['first_response', 'next_response', 'resolution'];

// Everything that a policy can name.
export interface Around {
  calendars: Calendar[];
  teams: Team[];
  mailboxes: Mailbox[];
  labels: Label[];
  people: Assignee[];
}

async function look_around(signal: AbortSignal): Promise<{ policies: Policy[]; around: Around }> {
  const items = async <T,>(path: string) => (await get<Page<T>>(path, { signal })).items;
  const [policies, calendars, teams, mailboxes, labels, people] = await Promise.all([
    items<Policy>('/v1/sla-policies'), items<Calendar>('/v1/calendars'), items<Team>('/v1/teams'), items<Mailbox>('/v1/mailboxes'), items<Label>('/v1/labels'), items<Assignee>('/v1/assignees'),
  ]);
  return { policies, around: { calendars, teams, mailboxes, labels, people } };
}

export default function PoliciesPage() {
  const all = useResource(look_around, []);
  const [editing, edit] = useState<Policy | 'new'>();
  useEffect(() => subscribe((events) => events.some((event) => event.kind.startsWith('sla.policy_')) && all.reload()), []);
  const add = may('sla.manage') && (
    <button type="button" class="button primary" onClick={() => edit('new')}>
      <Plus size={16} /> {t('policies.new')}
    </button>
  );
  return (
    <AreaFrame narrow title={t('policies.title')} action={(all.value.value?.policies.length ?? 0) > 0 && add}>
      <Loaded from={all} rows={3}>
        {({ policies, around }) => (
          <>
            {policies.length ? (
              <ul class="card lines">
                {policies.map((one) => <Line key={one.id} one={one} around={around} on_edit={() => edit(one)} on_change={all.reload} />)}
              </ul>
            ) : (
              <Empty icon={Handshake} title={t('policies.none')}>
                <p>{t('policies.none_text')}</p>
                {add}
              </Empty>
            )}
            {editing && <PolicyForm policy={editing === 'new' ? undefined : editing} around={around} on_close={() => edit(undefined)} on_done={all.reload} />}
          </>
        )}
      </Loaded>
    </AreaFrame>
  );
}

function whom({ applies_to: to }: Policy, { teams, mailboxes, labels }: Around): string {
  const name = (list: { id: string; name: string }[], ids: string[]) => ids.map((id) => list.find((one) => one.id === id)?.name ?? id);
  const named = [...name(teams, to.teams), ...name(mailboxes, to.mailboxes), ...name(labels, to.labels), ...to.locales.map((one) => locales[one].name)];
  return named.length ? named.join(', ') : t('policies.everything');
}

function promises(policy: Policy): string {
  const targets = policy.targets.normal ?? Object.values(policy.targets)[0];
  return metrics.filter((one) => targets?.[one]).map((one) => `${t(`metric.${one}`)} ${minutes_text(targets?.[one])}`).join(' · ');
}

function Line({ one, around, on_edit, on_change }: { one: Policy; around: Around; on_edit: () => void; on_change: () => void }) {
  const retire = async () => {
    if (await act(() => patch(`/v1/sla-policies/${one.id}`, { retired: !one.retired }), t('policies.saved'))) on_change();
  };
  return (
    <li class="row apart">
      <span class="grow">
        <strong><bdi>{one.name}</bdi></strong> {one.retired && <span class="tag warning">{t('policies.retired')}</span>}
        <span class="small block">{promises(one)}</span>
        <span class="small muted block"><bdi>{around.calendars.find(({ id }) => id === one.calendar)?.name ?? t('policies.always')}</bdi> · {t('policies.applies')}: <bdi>{whom(one, around)}</bdi></span>
      </span>
      {may('sla.manage') && (
        <span class="row">
          <button type="button" class="button small" onClick={on_edit}>{t('action.edit')}</button>
          <button type="button" class="button small" onClick={() => void retire()}>{t(one.retired ? 'policies.revive' : 'policies.retire')}</button>
        </span>
      )}
    </li>
  );
}
