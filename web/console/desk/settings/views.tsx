// Saved views: filters with a name, in the order in which the inbox shows them.
import { useState } from 'preact/hooks';
import Filter from 'icon:list-filter';
import Plus from 'icon:plus';
import Trash from 'icon:trash-2';
import { get, post, put, remove } from '../../../sdk/client';
import type { Team } from '../../../sdk/conversations';
import type { SavedView, Segment, ViewFilter } from '../../../sdk/desk';
import type { Page } from '../../../sdk/types';
import { Empty } from '../../../ui/blank';
import { Dialog } from '../../../ui/dialog';
import { TextField } from '../../../ui/field';
import { t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { useDesk } from '../../inbox/desk';
import { useResource } from '../../resource';
import { act, useSending } from '../../sending';
import { may } from '../../session';
import { AreaFrame } from '../../shell/area_frame';
import { Form, FormFoot } from '../../shell/form';
import { Loaded } from '../../shell/listing';
import { Sure } from '../../shell/sure';
import { useKept } from '../kept';
import { FilterFields, filter_pointers, filter_said } from './filter';
import { AudienceTag, SharingFields, to_api, useKeptList, type Shared } from './sharing';

export default function ViewsPage() {
  useDesk();
  useKept();
  const list = useKeptList<SavedView>('/v1/views', 'view');
  const segments = useKeptList<Segment>('/v1/segments', 'segment');
  const teams = useResource<Page<Team>>((signal) => get('/v1/teams', { signal }), []);
  const [editing, edit] = useState<SavedView | 'new'>();
  const all_teams = (teams.value.value?.items ?? []).filter((one) => !one.retired);
  const all_segments = segments.value.value?.items ?? [];
  const add = may('conversations.reply') && (
    <button type="button" class="button primary" onClick={() => edit('new')}>
      <Plus size={16} /> {t('views.new')}
    </button>
  );
  return (
    <AreaFrame narrow title={t('views.title')} action={(list.value.value?.items.length ?? 0) > 0 && add}>
      <Loaded from={list} rows={3}>
        {({ items }) =>
          items.length ? (
            <ul class="card lines">
              {items.map((one) => <Line key={one.id} one={one} teams={all_teams} segments={all_segments} on_edit={() => edit(one)} on_change={list.reload} />)}
            </ul>
          ) : (
            <Empty icon={Filter} title={t('views.none')}>
              <p>{t('views.none_text')}</p>
              {add}
            </Empty>
          )
        }
      </Loaded>
      {editing && <Edit view={editing === 'new' ? undefined : editing} teams={all_teams} segments={all_segments} on_close={() => edit(undefined)} on_done={list.reload} />}
    </AreaFrame>
  );
}

function Line({ one, teams, segments, on_edit, on_change }: { one: SavedView; teams: Team[]; segments: Segment[]; on_edit: () => void; on_change: () => void }) {
  const drop = async () => {
    if (await act(() => remove(`/v1/views/${one.id}`), t('kept.removed'))) on_change();
  };
  return (
    <li class="row apart">
      <span class="grow kept-line">
        <strong><bdi>{one.name}</bdi></strong> <AudienceTag one={{ ...one, folder: '' }} teams={teams} />
        <span class="small muted block"><bdi>{filter_said(one.filter, segments).join(' · ')}</bdi></span>
      </span>
      {one.may_change && may('conversations.reply') && (
        <span class="row">
          <button type="button" class="button small" onClick={on_edit}>{t('action.edit')}</button>
          <Sure label={t('kept.remove_one', { name: one.name })} sure={t('labels.remove')} on_sure={() => void drop()}><Trash size={16} /></Sure>
        </span>
      )}
    </li>
  );
}

function Edit({ view, teams, segments, on_close, on_done }: { view: SavedView | undefined; teams: Team[]; segments: Segment[]; on_close: () => void; on_done: () => void }) {
  const [name, set_name] = useState(view?.name ?? '');
  const [shared, share] = useState<Shared>({ audience: view?.audience ?? 'own', team: view?.team ?? '' });
  const [place, set_place] = useState(`${view?.place ?? 0}`);
  const [filter, set_filter] = useState<ViewFilter>(view?.filter ?? { state: 'open', priorities: [] });
  const sending = useSending(['/name', '/audience', '/team', '/place', ...filter_pointers]);
  const { errors } = sending;
  const submit = () => {
    if (!name.trim()) return sending.find({ '/name': t('missing.name') });
    void sending.send(async () => {
      const words = { name: name.trim(), place: Number(place) || 0, filter, ...to_api(shared) };
      if (view) await put(`/v1/views/${view.id}`, words);
      else await post('/v1/views', words);
      say(t('kept.saved'));
      on_close();
      on_done();
    });
  };
  return (
    <Dialog title={t(view ? 'views.edit' : 'views.new')} on_close={on_close} wide>
      <Form sending={sending} on_submit={submit}>
        <div class="columns">
          <TextField id="view-name" label={t('kept.name')} direction="auto" value={name} on_change={set_name} error={errors['/name']} maxlength={100} focus />
          <TextField id="view-place" label={t('kept.place')} hint={t('kept.place_hint')} inputmode="numeric" direction="ltr" value={place} on_change={set_place} error={errors['/place']} />
        </div>
        <SharingFields shared={shared} teams={teams} errors={errors} on_change={share} />
        <FilterFields filter={filter} segments={segments} errors={errors} on_change={set_filter} />
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
