// Labels of conversations: name and colour.
import { useState } from 'preact/hooks';
import Tag from 'icon:tag';
import { patch, post } from '../../../sdk/client';
import type { Label } from '../../../sdk/conversations';
import { Dialog } from '../../../ui/dialog';
import { Field, TextField } from '../../../ui/field';
import { t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { useSending } from '../../sending';
import { may } from '../../session';
import { Collection, EditOrRemove, useCollection } from '../../shell/collection';
import { Form, FormFoot } from '../../shell/form';
import { Dot } from '../chooser';

export default function LabelsPage() {
  const labels = useCollection<Label>('/v1/labels', 'label.');
  return (
    <Collection
      title={t('labels.title')}
      icon={Tag}
      none={t('labels.none')}
      none_text={t('labels.none_text')}
      list={labels}
      add={may('conversations.manage') && t('labels.new')}
      line={(one, edit) => (
        <li key={one.id} class="row apart">
          <span class="row grow"><Dot colour={one.colour} /> <strong><bdi>{one.name}</bdi></strong></span>
          {may('conversations.manage') && <EditOrRemove path={`/v1/labels/${one.id}`} name={one.name} on_edit={edit} on_change={labels.reload} />}
        </li>
      )}
      editor={(label, close) => <Edit label={label} on_close={close} on_done={labels.reload} />}
    />
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
