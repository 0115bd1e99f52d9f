// Labels of conversations: name and colour.
import { useEffect, useState } from 'preact/hooks';
import Plus from 'icon:plus';
import Tag from 'icon:tag';
import Trash from 'icon:trash-2';
import { get, patch, post, remove } from '../../../sdk/client';
import type { Label } from '../../../sdk/conversations';
import type { Page } from '../../../sdk/types';
import { Empty } from '../../../ui/blank';
import { Dialog } from '../../../ui/dialog';
import { Field, TextField } from '../../../ui/field';
import { t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { subscribe } from '../../live';
import { useResource } from '../../resource';
import { act, useSending } from '../../sending';
import { may } from '../../session';
import { AreaFrame } from '../../shell/area_frame';
import { Form, FormFoot } from '../../shell/form';
import { Loaded } from '../../shell/listing';
import { Sure } from '../../shell/sure';
import { Dot } from '../chooser';

export default function LabelsPage() {
  const labels = useResource<Page<Label>>((signal) => get('/v1/labels', { signal }), []);
  const [editing, edit] = useState<Label | 'new'>();
  useEffect(() => subscribe((events) => events.some((event) => event.kind.startsWith('label.')) && labels.reload()), []);
  const add = may('conversations.manage') && (
    <button type="button" class="button primary" onClick={() => edit('new')}>
      <Plus size={16} /> {t('labels.new')}
    </button>
  );
  return (
    <AreaFrame narrow title={t('labels.title')} action={(labels.value.value?.items.length ?? 0) > 0 && add}>
      <Loaded from={labels} rows={3}>
        {({ items }) =>
          items.length ? (
            <ul class="card lines">
              {items.map((one) => <Line key={one.id} one={one} on_edit={() => edit(one)} on_change={labels.reload} />)}
            </ul>
          ) : (
            <Empty icon={Tag} title={t('labels.none')}>
              <p>{t('labels.none_text')}</p>
              {add}
            </Empty>
          )
        }
      </Loaded>
      {editing && <Edit label={editing === 'new' ? undefined : editing} on_close={() => edit(undefined)} on_done={labels.reload} />}
    </AreaFrame>
  );
}

function Line({ one, on_edit, on_change }: { one: Label; on_edit: () => void; on_change: () => void }) {
  const drop = async () => {
    if (await act(() => remove(`/v1/labels/${one.id}`), t('labels.removed'))) on_change();
  };
  return (
    <li class="row apart">
      <span class="row grow"><Dot colour={one.colour} /> <strong><bdi>{one.name}</bdi></strong></span>
      {may('conversations.manage') && (
        <span class="row">
          <button type="button" class="button small" onClick={on_edit}>{t('action.edit')}</button>
          <Sure label={t('labels.remove_one', { name: one.name })} sure={t('labels.remove')} on_sure={() => void drop()}><Trash size={16} /></Sure>
        </span>
      )}
    </li>
  );
}

function Edit({ label, on_close, on_done }: { label: Label | undefined; on_close: () => void; on_done: () => void }) {
  const [name, set_name] = useState(label?.name ?? '');
  const [colour, set_colour] = useState(label?.colour || '#1e7b5a');
  const sending = useSending(['/name', '/colour']);
  const submit = () =>
    sending.send(async () => {
      if (label) await patch(`/v1/labels/${label.id}`, { name: name.trim(), colour });
      else await post('/v1/labels', { name: name.trim(), colour });
      say(t('labels.saved'));
      on_close();
      on_done();
    });
  return (
    <Dialog title={t(label ? 'labels.edit' : 'labels.new')} on_close={on_close}>
      <Form sending={sending} on_submit={() => void submit()}>
        <TextField id="label-name" label={t('labels.name')} direction="auto" value={name} on_change={set_name} error={sending.errors['/name']} maxlength={50} focus />
        <Field id="label-colour" label={t('labels.colour')} error={sending.errors['/colour']}>
          {(attributes) => <input {...attributes} type="color" class="input colour" value={colour} onInput={(event) => set_colour(event.currentTarget.value)} />}
        </Field>
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
