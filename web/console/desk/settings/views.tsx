// Saved views: filters with a name, in the order in which the inbox shows them.
import { useState } from 'preact/hooks';
import Filter from 'icon:list-filter';
import { post, put } from '../../../sdk/client';
import type { Team } from '../../../sdk/conversations';
import type { SavedView, Segment, ViewFilter } from '../../../sdk/desk';
import { Dialog } from '../../../ui/dialog';
import { NumberField, TextField } from '../../../ui/field';
import { t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { useDesk } from '../../inbox/desk';
import { useSending } from '../../sending';
import { may } from '../../session';
import { Collection, useCollection } from '../../shell/collection';
import { Form, FormFoot } from '../../shell/form';
import { useKept } from '../kept';
import { FilterFields, filter_pointers, filter_said } from './filter';
import { KeptLine, SharingFields, to_api, useTeams, type Shared } from './sharing';

export default function ViewsPage() {
  useDesk();
  useKept();
  const list = useCollection<SavedView>('/v1/views', 'view.');
  const segments = useCollection<Segment>('/v1/segments', 'segment.').value.value?.items ?? [];
  const teams = useTeams();
  return (
    <Collection
      title={t('views.title')}
      icon={Filter}
      none={t('views.none')}
      none_text={t('views.none_text')}
      list={list}
      add={may('conversations.reply') && t('views.new')}
      line={(one, edit) => (
        <KeptLine key={one.id} one={one} path="/v1/views" teams={teams} on_edit={edit} on_change={list.reload}>
          <span class="small muted block"><bdi>{filter_said(one.filter, segments).join(' · ')}</bdi></span>
        </KeptLine>
      )}
      editor={(view, close) => <Edit view={view} teams={teams} segments={segments} on_close={close} on_done={list.reload} />}
    />
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
      const words = { name: name.trim(), place: Number(place), filter, ...to_api(shared) };
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
          <NumberField id="view-place" label={t('kept.place')} hint={t('kept.place_hint')} value={place} on_change={set_place} error={errors['/place']} />
        </div>
        <SharingFields shared={shared} teams={teams} errors={errors} on_change={share} />
        <FilterFields filter={filter} segments={segments} errors={errors} on_change={set_filter} />
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
