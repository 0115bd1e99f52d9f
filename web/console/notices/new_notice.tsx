// Writing a notice: the kind gives the form, the recipients their language; beside it what each of them will read.
import { useSignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import Loader from 'icon:loader-circle';
import Send from 'icon:send';
import { get, post, Problem } from '../../sdk/client';
import type { Notice, NoticeKind, Page, Schedule, TemplateVersion } from '../../sdk/types';
import { Choices, SelectField, TextField } from '../../ui/field';
import { format_deadline, to_local_input } from '../../ui/format';
import { is_locale, locale_names, locales } from '../../ui/locales';
import { locale, t } from '../../ui/text';
import { say } from '../../ui/toast';
import { Attachments } from '../deliveries/attachments';
import { Recipients } from '../deliveries/recipients';
import { error_at } from '../problems';
import { forget, recall, remember } from '../remembered';
import { go, place } from '../router';
import { act, useSending, type Sending } from '../sending';
import { may } from '../session';
import { Form } from '../shell/form';
import { Loaded } from '../shell/listing';
import { Note } from '../shell/note';
import { Head } from '../shell/page';
import { LetterPreviewCard, useDrawn } from './letter_preview';
import { useKinds } from './notices';
import { empty_notice, is_registered, schedule_of, with_attempt, type NoticeDraft } from './notice_draft';
import { RecurrenceFields } from './recurrence';
import { pruned, type Schema } from './schema';
import { SchemaForm } from './schema_form';
import { kind_name } from './words';

const memory = 'draft.notice';
const shown = ['/kind', '/recipients', '/data', '/files', '/locale', '/delivery', '/assurance', '/reference', '/send_at', '/recurrence'];
const upload_life_ms = 23 * 3_600_000;  // the server keeps uploads for 24 h

export function NewNotice() {
  const kinds = useKinds();
  return (
    <>
      <Head title={t('notices.new')} back={{ to: '/notices', name: t('area.notices') }} />
      <Loaded from={kinds}>{({ items }) => <Compose kinds={items.filter((one) => !one.retired)} />}</Loaded>
    </>
  );
}

function remembered(): NoticeDraft {
  const found = { ...empty_notice, ...recall<NoticeDraft>(memory, 'browser') };
  const asked = place.peek().query.get('kind');
  const kept = { ...found, files: found.files.filter((file) => Date.now() - file.at < upload_life_ms) };
  return asked && asked !== found.kind ? { ...kept, kind: asked, data: {} } : kept;
}

function Compose({ kinds }: { kinds: NoticeKind[] }) {
  const draft = useSignal<NoticeDraft>(remembered());
  const [unsure, set_unsure] = useState(false);
  const [uploading, set_uploading] = useState(0);
  const [example, set_example] = useState(0);  // a new one draws the form anew
  const sending = useSending(shown);
  const change = (part: Partial<NoticeDraft>) => {
    draft.value = { ...draft.value, ...part };
  };
  useEffect(() => draft.subscribe((now) => (now.kind ? remember(memory, now, 'browser') : forget(memory, 'browser'))), []);
  const now = draft.value;
  const kind = kinds.find((one) => one.name === now.kind);

  const send = () => {
    set_unsure(false);
    if (!kind) return sending.find({ '/kind': t('notices.choose_kind') });
    if (!now.recipients.length) return sending.find({ '/recipients': t('missing.recipients') });
    if (now.when === 'again')
      return sending.send(async () => {
        const made = await post<Schedule>('/v1/schedules', schedule_of(now, kind, now.reference.trim() || kind_name(kind, kind.name)));
        draft.value = empty_notice;
        say(t('schedules.made'));
        go(`/notices/schedules/${made.id}`, 'replace');
      });
    const attempted = with_attempt(now, kind);
    draft.value = attempted;
    return sending.send(async () => {
      try {
        const { notices } = await post<{ notices: Notice[] }>('/v1/notices', JSON.parse(attempted.attempt.body), { headers: { 'Idempotency-Key': attempted.attempt.key } });
        draft.value = empty_notice;
        const held = notices.filter((one) => one.state === 'suppressed').length;
        say(held ? t('notices.sent_held', { sent: notices.length - held, held }) : t('notices.sent', { count: notices.length }));
        go(notices.length === 1 ? `/notices/${notices[0]!.id}` : '/notices', 'replace');
      } catch (error) {
        set_unsure(error instanceof Problem && (error.status === 0 || error.status >= 502));
        throw error;
      }
    });
  };

  return (
    <div class="compose">
      <Form sending={sending} on_submit={() => void send()}>
        <section class="card stack">
          <SelectField
            id="kind"
            label={t('delivery.kind')}
            value={now.kind}
            options={[{ value: '', label: t('notices.choose_kind') }, ...kinds.map((one) => ({ value: one.name, label: kind_name(one, one.name) }))]}
            on_change={(name) => change({ kind: name, data: {} })}
            error={sending.errors['/kind']}
            hint={kind && t(`class.${kind.class}_hint`)}
          />
        </section>
        {kind && (
          <>
            <section class="card stack">
              <Recipients recipients={now.recipients} errors={sending.errors} second={!is_registered(now, kind) ? 'none' : now.assurance === 'low' ? 'needed' : 'optional'} on_change={(recipients) => change({ recipients })} />
            </section>
            <section class="card stack" aria-labelledby="data-title">
              <header class="row apart">
                <h2 id="data-title">{t('notices.data')}</h2>
                <button
                  type="button"
                  class="button small"
                  onClick={() => {
                    change({ data: kind.sample as NoticeDraft['data'] });
                    set_example(example + 1);
                  }}
                >
                  {t('notices.use_sample')}
                </button>
              </header>
              <SchemaForm key={`${kind.name} ${example}`} schema={kind.schema as Schema} value={now.data} at="/data" errors={sending.errors} on_change={(data) => change({ data: data as NoticeDraft['data'] })} />
              <Attachments files={now.files} error={error_at(sending.errors, '/files')} on_change={(files) => change({ files: files(draft.value.files) })} on_busy={set_uploading} />
            </section>
            <Conditions draft={now} kind={kind} sending={sending} change={change} />
          </>
        )}
        {unsure && <Note tone="warning">{t('new.unsure')}</Note>}
        <div class="row end">
          {now.kind && (
            <button type="button" class="button plain" onClick={() => { draft.value = empty_notice; sending.find({}); }}>
              {t('new.discard')}
            </button>
          )}
          <button class="button primary" disabled={sending.busy || uploading > 0}>
            {sending.busy ? <Loader size={16} class="spin" /> : <Send size={16} class="turns" />}
            {now.when === 'again' ? t('bulk.schedule') : now.recipients.length > 1 ? t('notices.send_many', { count: now.recipients.length }) : t('new.send')}
          </button>
        </div>
      </Form>
      {kind && <Beside draft={now} kind={kind} />}
    </div>
  );
}

function Conditions({ draft, kind, sending, change }: { draft: NoticeDraft; kind: NoticeKind; sending: Sending; change: (part: Partial<NoticeDraft>) => void }) {
  const languages = [{ value: '', label: t('new.language_theirs') }, ...locale_names.map((name) => ({ value: name, label: locales[name].name }))];
  const at = draft.send_at ? new Date(draft.send_at) : undefined;
  return (
    <section class="card stack">
      <div class="columns">
        <SelectField
          id="delivery"
          label={t('kinds.delivery')}
          value={draft.delivery}
          options={[{ value: '', label: t('notices.as_kind', { name: t(`kind.${kind.delivery}`) }) }, { value: 'plain', label: t('kind.plain') }, { value: 'registered', label: t('kind.registered') }]}
          on_change={(value) => change({ delivery: value as NoticeDraft['delivery'] })}
          error={error_at(sending.errors, '/delivery')}
        />
        <SelectField id="locale" label={t('new.language')} value={draft.locale} options={languages} on_change={(value) => change({ locale: is_locale(value) ? value : '' })} error={error_at(sending.errors, '/locale')} />
        <TextField id="reference" label={t('new.reference')} optional value={draft.reference} on_change={(reference) => change({ reference })} error={error_at(sending.errors, '/reference')} maxlength={100} />
        <SelectField id="when" label={t('notices.when')} value={draft.when} options={(['now', 'at', 'again'] as const).map((value) => ({ value, label: t(`notices.when_${value}`) }))} on_change={(when) => change({ when: when as NoticeDraft['when'] })} />
        {draft.when === 'at' && (
          <TextField
            id="send_at"
            type="datetime-local"
            label={t('notice.send_at')}
            value={draft.send_at}
            min={to_local_input(new Date())}
            on_change={(send_at) => change({ send_at })}
            error={error_at(sending.errors, '/send_at')}
            hint={at && !Number.isNaN(at.getTime()) ? format_deadline(at, locale.value) : t('notice.send_at_hint')}
          />
        )}
      </div>
      {draft.when === 'again' && <RecurrenceFields again={draft.again} errors={sending.errors} on_change={(again) => change({ again })} />}
      {is_registered(draft, kind) && (
        <Choices
          name="assurance"
          legend={t('new.assurance')}
          value={draft.assurance}
          error={error_at(sending.errors, '/assurance')}
          on_change={(value) => change({ assurance: value as NoticeDraft['assurance'] })}
          options={[
            { value: 'low', label: t('assurance.low'), hint: t('new.low_hint') },
            { value: 'basic', label: t('assurance.basic'), hint: t('new.basic_hint') },
            { value: 'substantial', label: t('assurance.substantial'), hint: t('new.substantial_hint') },
            { value: 'high', label: t('assurance.high'), hint: t('new.high_hint') },
          ]}
        />
      )}
    </section>
  );
}

// The preview, for any language and any of the recipients; with the kind's sample until the data are whole.
function Beside({ draft, kind }: { draft: NoticeDraft; kind: NoticeKind }) {
  const [language, set_language] = useState('');
  const [who, set_who] = useState('');
  const known = draft.recipients.filter((one) => one.kind === 'known');
  const reader = draft.recipients.find((one) => (one.kind === 'known' ? one.customer : one.email) === who) ?? draft.recipients[0];
  const wanted = language || draft.locale || reader?.locale || locale.value;
  const who_is = reader?.kind === 'known' ? { customer: reader.customer } : {};
  const own = useDrawn({ kind: kind.name, locale: wanted, data: pruned(draft.data, kind.schema as Schema) as Record<string, unknown>, ...who_is });
  const sample = useDrawn({ kind: kind.name, locale: wanted, ...who_is });
  const whole = own.letter !== undefined && own.problem === undefined;
  const test = () =>
    act(async () => {
      const { items } = await get<Page<TemplateVersion>>('/v1/templates', { query: { kind: kind.name, locale: wanted } });
      const current = items.find((one) => one.current);
      if (!current) throw new Problem({ status: 404, code: 'not_found' });
      const { to } = await post<{ letter: string; to: string }>(`/v1/templates/${current.id}/test`, whole ? { data: pruned(draft.data, kind.schema as Schema) } : {});
      say(t('templates.tested', { to }));
    });
  return (
    <aside class="preview stack" aria-label={t('preview.title')}>
      <div class="row apart">
        <h2>{t('preview.title')}</h2>
        <select class="input preview-language" aria-label={t('preview.language')} value={wanted} onChange={(event) => set_language(event.currentTarget.value)}>
          {locale_names.map((name) => (
            <option key={name} value={name} selected={name === wanted}>
              {locales[name].name}
            </option>
          ))}
        </select>
      </div>
      {known.length > 1 && (
        <select class="input" aria-label={t('preview.reader')} value={who} onChange={(event) => { set_who(event.currentTarget.value); set_language(''); }}>
          {draft.recipients.map((one) => {
            const id = one.kind === 'known' ? one.customer : one.email;
            return <option key={id} value={id}>{one.name || one.email}</option>;
          })}
        </select>
      )}
      {!whole && <p class="small muted">{t('preview.sample')}</p>}
      <LetterPreviewCard drawn={whole ? own : sample} />
      {is_registered(draft, kind) && <p class="small muted">{t('preview.registered')}</p>}
      {may('templates.write') && (
        <div class="row end">
          <button type="button" class="button small" onClick={() => void test()}>
            {t('templates.test')}
          </button>
        </div>
      )}
    </aside>
  );
}
