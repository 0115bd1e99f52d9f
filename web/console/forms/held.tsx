// What is held: looked at, let through, or deleted.
import ShieldCheck from 'icon:shield-check';
import { get, post, remove } from '../../sdk/client';
import type { Form, FormSubmission } from '../../sdk/forms';
import type { Page } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { is_key, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { useResource } from '../resource';
import { base } from '../router';
import { act } from '../sending';
import { may } from '../session';
import { Loaded } from '../shell/listing';
import { Sure } from '../shell/sure';

export function Held({ form }: { form: Form }) {
  const list = useResource<Page<FormSubmission>>((signal) => get(`/v1/forms/${form.id}/submissions`, { signal }), [form.id]);
  return (
    <div class="stack">
      <p class="small muted">{t('forms.held_text')}</p>
      <Loaded from={list} rows={3}>
        {({ items }) =>
          items.length ? (
            <ul class="stack">{items.map((one) => <Line key={one.id} one={one} on_change={list.reload} />)}</ul>
          ) : (
            <Empty icon={ShieldCheck} title={t('forms.nothing_held')}><p>{t('forms.nothing_held_text')}</p></Empty>
          )
        }
      </Loaded>
    </div>
  );
}

const reason_words = (reason: string): string => {
  const key = `form_reason.${reason}`;
  return is_key(key) ? t(key) : reason;
};

function Line({ one, on_change }: { one: FormSubmission; on_change: () => void }) {
  const words = one.words;
  const release = async () => {
    const done = await act(() => post(`/v1/form-submissions/${one.id}/release`), t('forms.released'));
    if (done) on_change();
  };
  const drop = async () => {
    if (await act(() => remove(`/v1/form-submissions/${one.id}`), t('kept.removed'))) on_change();
  };
  return (
    <li class="card stack tight">
      <div class="row apart">
        <span><strong><bdi>{words?.name || words?.address || one.reference}</bdi></strong> {words?.name && words.address && <bdi class="small muted ltr">{words.address}</bdi>}</span>
        <Moment at={one.at} />
      </div>
      <div class="row">{one.reasons.map((reason) => <span key={reason} class="tag warning">{reason_words(reason)}</span>)}</div>
      {words?.text && <p class="held-words"><bdi>{words.text}</bdi></p>}
      {words && (
        <dl class="facts small">
          {words.fields.map((field, index) => [<dt key={`t${index}`}><bdi>{field.label}</bdi></dt>, <dd key={`d${index}`}><bdi>{field.value}</bdi></dd>])}
        </dl>
      )}
      {words && words.files.length > 0 && <p class="small">{words.files.map((file) => file.name).join(' · ')}</p>}
      <div class="row apart">
        <span class="small muted">{one.expires_at && <>{t('forms.gone_at')} <Moment at={one.expires_at} /></>}</span>
        {may('conversations.manage') && (
          <span class="row">
            <button type="button" class="button small" onClick={() => void release()}>{t('forms.release')}</button>
            <Sure label={t('labels.remove')} sure={t('labels.remove')} on_sure={() => void drop()} />
          </span>
        )}
        {one.conversation && <a href={`${base}/inbox/${one.conversation}`}>{t('area.inbox')}</a>}
      </div>
    </li>
  );
}
