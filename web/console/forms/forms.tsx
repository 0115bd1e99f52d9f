// Web forms: what there is, what came, what is held; and a new one.
import { useState } from 'preact/hooks';
import ClipboardList from 'icon:clipboard-list';
import { post } from '../../sdk/client';
import type { Form as WebForm, FormSummary } from '../../sdk/forms';
import { CopyButton } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { SelectField, TextField } from '../../ui/field';
import { locale, t } from '../../ui/text';
import { desk, useDesk } from '../inbox/desk';
import { base, go } from '../router';
import { useSending } from '../sending';
import { may } from '../session';
import { Collection, useCollection } from '../shell/collection';
import { Form, FormFoot } from '../shell/form';
import { slug_from } from './draft';

export default function FormsPage() {
  useDesk();
  const list = useCollection<FormSummary>('/v1/forms', 'form.');
  return (
    <Collection
      title={t('forms.title')}
      icon={ClipboardList}
      none={t('forms.none')}
      none_text={t('forms.none_text')}
      list={list}
      add={may('mailboxes.manage') && t('forms.new')}
      line={(one) => <Line key={one.id} one={one} />}
      editor={(_, close) => <NewForm on_close={close} />}
    />
  );
}

export function StateTag({ one }: { one: FormSummary }) {
  const tone = one.state === 'published' ? 'tag assured' : one.state === 'closed' ? 'tag warning' : 'tag';
  return (
    <>
      <span class={tone}>{t(`form_state.${one.state}`)}</span>
      {one.unpublished_changes && <span class="tag">{t('forms.unpublished')}</span>}
    </>
  );
}

function Line({ one }: { one: FormSummary }) {
  return (
    <li class="row apart">
      <span class="grow kept-line">
        <a href={`${base}/settings/forms/${one.id}`}><strong><bdi>{one.name}</bdi></strong></a> <StateTag one={one} />
        <span class="small muted block">
          {t('forms.sent', { count: one.submissions })}
          {one.held > 0 && <> · <a href={`${base}/settings/forms/${one.id}#held`}>{t('forms.held_count', { count: one.held })}</a></>}
        </span>
        {one.state === 'published' && <span class="small row"><a class="ltr" href={one.url} target="_blank" rel="noopener"><bdi>{one.url}</bdi></a> <CopyButton text={one.url} /></span>}
      </span>
      <a class="button small" href={`${base}/settings/forms/${one.id}`}>{t(may('mailboxes.manage') ? 'action.edit' : 'forms.look')}</a>
    </li>
  );
}

function NewForm({ on_close }: { on_close: () => void }) {
  const mailboxes = (desk.value?.mailboxes ?? []).filter((one) => !one.retired);
  const [name, set_name] = useState('');
  const [slug, set_slug] = useState<string>();
  const [mailbox, set_mailbox] = useState('');
  const sending = useSending(['/name', '/slug', '/mailbox']);
  const { errors } = sending;
  const address = slug ?? slug_from(name);
  const submit = () => {
    if (!name.trim()) return sending.find({ '/name': t('missing.name') });
    if (!address) return sending.find({ '/slug': t('forms.slug_wrong') });
    void sending.send(async () => {
      const made = await post<WebForm>('/v1/forms', { name: name.trim(), slug: address, mailbox: mailbox || mailboxes[0]?.id, locale: locale.value });
      on_close();
      go(`/settings/forms/${made.id}`);
    });
  };
  return (
    <Dialog title={t('forms.new')} on_close={on_close}>
      <Form sending={sending} on_submit={submit}>
        <TextField id="form-name" label={t('kept.name')} direction="auto" value={name} on_change={set_name} error={errors['/name']} maxlength={100} focus />
        <TextField id="form-slug" label={t('forms.slug')} direction="ltr" hint={<span class="ltr">{`${window.location.origin}/f/${address || '…'}`}</span>} value={address} on_change={set_slug} error={errors['/slug']} maxlength={60} />
        <SelectField id="form-mailbox" label={t('forms.mailbox')} value={mailbox} options={mailboxes.map((one) => ({ value: one.id, label: `${one.name} · ${one.address}` }))} on_change={set_mailbox} error={errors['/mailbox']} />
        {!mailboxes.length && <p class="small muted">{t('forms.no_mailbox')}</p>}
        <FormFoot sending={sending} go={t('forms.create')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
