// What is promised to customers: policies in their order.
import Handshake from 'icon:handshake';
import { get } from '../../../sdk/client';
import type { Assignee, Label, Mailbox, Priority, Team } from '../../../sdk/conversations';
import type { Calendar, Metric, Policy } from '../../../sdk/sla';
import type { Page } from '../../../sdk/types';
import { locales } from '../../../ui/locales';
import { t } from '../../../ui/text';
import { useResource } from '../../resource';
import { may } from '../../session';
import { Collection, EditOrRetire, useCollection } from '../../shell/collection';
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

const nothing_around: Around = { calendars: [], teams: [], mailboxes: [], labels: [], people: [] };

async function look_around(signal: AbortSignal): Promise<Around> {
  const items = async <T,>(path: string) => (await get<Page<T>>(path, { signal })).items;
  const [calendars, teams, mailboxes, labels, people] = await Promise.all([items<Calendar>('/v1/calendars'), items<Team>('/v1/teams'), items<Mailbox>('/v1/mailboxes'), items<Label>('/v1/labels'), items<Assignee>('/v1/assignees')]);
  return { calendars, teams, mailboxes, labels, people };
}

export default function PoliciesPage() {
  const list = useCollection<Policy>('/v1/sla-policies', 'sla.policy_');
  const around = useResource(look_around, []);
  return (
    <Collection
      title={t('policies.title')}
      icon={Handshake}
      none={t('policies.none')}
      none_text={t('policies.none_text')}
      list={list}
      add={may('sla.manage') && t('policies.new')}
      line={(one, edit) => <Line key={one.id} one={one} around={around.value.value ?? nothing_around} on_edit={edit} on_change={list.reload} />}
      editor={(policy, close) => <Loaded from={around}>{(all) => <PolicyForm policy={policy} around={all} on_close={close} on_done={list.reload} />}</Loaded>}
    />
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
  return (
    <li class="row apart">
      <span class="grow">
        <strong><bdi>{one.name}</bdi></strong> {one.retired && <span class="tag warning">{t('policies.retired')}</span>}
        <span class="small block">{promises(one)}</span>
        <span class="small muted block"><bdi>{around.calendars.find(({ id }) => id === one.calendar)?.name ?? t('policies.always')}</bdi> · {t('policies.applies')}: <bdi>{whom(one, around)}</bdi></span>
      </span>
      {may('sla.manage') && <EditOrRetire path={`/v1/sla-policies/${one.id}`} retired={one.retired} on_edit={on_edit} on_change={on_change} />}
    </li>
  );
}
