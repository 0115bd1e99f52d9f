// Whose something is: one's own, a team's, everyone's. And what pages of such things have in common.
import { useEffect } from 'preact/hooks';
import { get } from '../../../sdk/client';
import type { Team } from '../../../sdk/conversations';
import type { Audience, Kept } from '../../../sdk/desk';
import type { Page } from '../../../sdk/types';
import { SelectField } from '../../../ui/field';
import { t } from '../../../ui/text';
import { subscribe } from '../../live';
import type { FieldErrors } from '../../problems';
import { useResource, type Resource } from '../../resource';
import { may } from '../../session';

export interface Shared {
  audience: Audience;
  team: string;
}

// Those that events of this noun speak of are read again.
export function useKeptList<T>(path: string, noun: string): Resource<Page<T>> {
  const list = useResource<Page<T>>((signal) => get(path, { signal }), []);
  useEffect(() => subscribe((events) => events.some((event) => event.kind.startsWith(`${noun}.`)) && list.reload()), []);
  return list;
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

export function AudienceTag({ one, teams }: { one: Kept; teams: Team[] }) {
  const team = teams.find((other) => other.id === one.team);
  return <span class="tag">{team ? <bdi>{team.name}</bdi> : t(`audience.${one.audience}`)}</span>;
}

// By folder, in the order of their names; those without one first.
export function by_folder<T extends Kept>(items: T[]): [folder: string, items: T[]][] {
  const folders = new Map<string, T[]>();
  for (const one of [...items].sort((a, b) => a.folder.localeCompare(b.folder) || a.name.localeCompare(b.name))) folders.set(one.folder, [...(folders.get(one.folder) ?? []), one]);
  return [...folders];
}
