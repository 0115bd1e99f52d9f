// Whose something is: one's own, a team's, everyone's. And what pages of such things have in common.
import type { ComponentChildren } from 'preact';
import { get } from '../../../sdk/client';
import type { Team } from '../../../sdk/conversations';
import type { Audience, Kept } from '../../../sdk/desk';
import type { Page } from '../../../sdk/types';
import { SelectField } from '../../../ui/field';
import { t } from '../../../ui/text';
import type { FieldErrors } from '../../problems';
import { useResource, type Resource } from '../../resource';
import { may } from '../../session';
import { EditOrRemove } from '../../shell/collection';

export interface Shared {
  audience: Audience;
  team: string;
}

export function useTeams(): Team[] {
  const teams = useResource<Page<Team>>((signal) => get('/v1/teams', { signal }), []);
  return (teams.value.value?.items ?? []).filter((one) => !one.retired);
}

interface KeptLineProps {
  one: Omit<Kept, 'folder'>;
  path: string;
  teams: Team[];
  beside?: ComponentChildren;  // the name
  on_edit: () => void;
  on_change: () => void;
  children: ComponentChildren;
}

// A line of something that is shared: its name, whose it is, what it says, and what whoever may change it can do.
export function KeptLine({ one, path, teams, beside, on_edit, on_change, children }: KeptLineProps) {
  return (
    <li class="row apart">
      <span class="grow kept-line">
        <strong><bdi>{one.name}</bdi></strong> {beside} <AudienceTag one={one} teams={teams} />
        {children}
      </span>
      {one.may_change && may('conversations.reply') && <EditOrRemove path={`${path}/${one.id}`} name={one.name} on_edit={on_edit} on_change={on_change} />}
    </li>
  );
}

export const to_api = ({ audience, team }: Shared): { audience: Audience; team?: string } => ({ audience, ...(audience === 'team' ? { team } : {}) });

export function SharingFields({ shared, teams, errors, on_change }: { shared: Shared; teams: Team[]; errors: FieldErrors; on_change: (shared: Shared) => void }) {
  const audiences: Audience[] = ['own', ...(teams.length ? ['team' as const] : []), ...(may('mailboxes.manage') || shared.audience === 'everyone' ? ['everyone' as const] : [])];
  return (
    <div class="columns">
      <SelectField id="audience" label={t('kept.audience')} value={shared.audience} options={audiences.map((one) => ({ value: one, label: t(`audience.${one}`) }))} on_change={(audience) => on_change({ audience: audience as Audience, team: shared.team || (teams[0]?.id ?? '') })} error={errors['/audience']} />
      {shared.audience === 'team' && <SelectField id="audience-team" label={t('verb.team')} value={shared.team} options={teams.map((one) => ({ value: one.id, label: one.name }))} on_change={(team) => on_change({ ...shared, team })} error={errors['/team']} />}
    </div>
  );
}

function AudienceTag({ one, teams }: { one: Omit<Kept, 'folder'>; teams: Team[] }) {
  const team = teams.find((other) => other.id === one.team);
  return <span class="tag">{team ? <bdi>{team.name}</bdi> : t(`audience.${one.audience}`)}</span>;
}

export const folders_of = (list: Resource<Page<Kept>>): string[] => [...new Set((list.value.value?.items ?? []).map((one) => one.folder).filter(Boolean))];

// By folder, in the order of their names; those without one first.
export function by_folder<T extends Kept>(items: T[]): [folder: string, items: T[]][] {
  const folders = new Map<string, T[]>();
  for (const one of [...items].sort((a, b) => a.folder.localeCompare(b.folder) || a.name.localeCompare(b.name))) folders.set(one.folder, [...(folders.get(one.folder) ?? []), one]);
  return [...folders];
}
