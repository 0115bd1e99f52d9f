// Writing a delivery: the form on one side, on the other what the recipient will get, in their language.
import { useSignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import Loader from 'icon:loader-circle';
import Send from 'icon:send';
import { post, Problem } from '../../sdk/client';
import type { Assurance, Kind, Submission } from '../../sdk/types';
import { Choices, SelectField, TextArea, TextField } from '../../ui/field';
import { format_deadline, to_local_input } from '../../ui/format';
import { locale_names, locales, is_locale } from '../../ui/locales';
import { locale, t } from '../../ui/text';
import { say } from '../../ui/toast';
import { error_at, fields_of, others, words_for, type FieldErrors } from '../problems';
import { forget, recall, remember } from '../remembered';
import { go } from '../router';
import { useActions } from '../shell/actions';
import { Note } from '../shell/note';
import { Head } from '../shell/page';
import { Attachments } from './attachments';
import { empty_draft, is_empty, mend, missing_in, with_attempt, type Draft } from './draft';
import { Preview } from './preview';
import { Recipients } from './recipients';

const memory = 'draft.delivery';
const shown = ['/recipients', '/subject', '/text', '/files', '/kind', '/locale', '/assurance', '/accept_until', '/reference'];

export function NewDeliveryPage() {
  const draft = useSignal<Draft>(mend(recall<Draft>(memory, 'browser'), Date.now()));
  const [errors, set_errors] = useState<FieldErrors>({});
  const [failure, set_failure] = useState<string>();
  const [unsure, set_unsure] = useState(false);
  const [busy, set_busy] = useState(false);
  const [uploading, set_uploading] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  const change = (part: Partial<Draft>) => {
    draft.value = { ...draft.value, ...part };
  };
  useEffect(() => draft.subscribe((now) => (is_empty(now) ? forget(memory, 'browser') : remember(memory, now, 'browser'))), []);
  useEffect(() => {
    // The first wrong field gets the focus, so that nobody has to look for it.
    if (Object.keys(errors).length) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [errors]);

  const send = async () => {
    if (busy) return;
    set_failure(undefined);
    const missing = missing_in(draft.value, Date.now());
    if (missing.length) return set_errors(Object.fromEntries(missing.map((one) => [one.pointer, t(`missing.${one.what}`)])));
    set_errors({});
    set_busy(true);
    const attempted = with_attempt(draft.value);
    draft.value = attempted;
    try {
      const sent = await post<Submission>('/v1/deliveries', JSON.parse(attempted.attempt.body), { headers: { 'Idempotency-Key': attempted.attempt.key } });
      draft.value = empty_draft;
      forget(memory, 'browser');
      say(t('new.sent', { count: sent.deliveries.length }));
      go(sent.deliveries.length === 1 ? `/deliveries/${sent.deliveries[0]!.id}` : '/deliveries', 'replace');
    } catch (error) {
      set_unsure(error instanceof Problem && (error.status === 0 || error.status >= 502));
      set_errors(fields_of(error));
      set_failure(words_for(error));
      set_busy(false);
    }
  };
  useActions(() => [{ id: 'send', name: t('new.send'), group: 'group.actions', run: () => void send() }], [busy]);

  const now = draft.value;
  const strays = others(errors, shown);
  return (
    <>
      <Head title={t('new.title')} back={{ to: '/deliveries', name: t('area.deliveries') }}>
        {!is_empty(now) && (
          <button type="button" class="button plain" onClick={() => { draft.value = empty_draft; set_errors({}); set_failure(undefined); }}>
            {t('new.discard')}
          </button>
        )}
      </Head>
      <form ref={form} class="compose" noValidate onSubmit={(event) => { event.preventDefault(); void send(); }}>
        <div class="stack">
          <section class="card stack">
            <Choices
              name="kind"
              legend={t('new.kind')}
              value={now.kind}
              on_change={(kind) => change({ kind: kind as Kind })}
              options={[
                { value: 'registered', label: t('kind.registered'), hint: t('new.registered_hint') },
                { value: 'plain', label: t('kind.plain'), hint: t('new.plain_hint') },
              ]}
            />
          </section>
          <section class="card stack">
            <Recipients recipients={now.recipients} second={now.kind === 'plain' ? 'none' : now.assurance === 'low' ? 'needed' : 'optional'} errors={errors} on_change={(recipients) => change({ recipients })} />
          </section>
          <section class="card stack">
            <TextField id="subject" label={t('new.subject')} value={now.subject} on_change={(subject) => change({ subject })} error={error_at(errors, '/subject')} maxlength={200} />
            <TextArea id="text" label={t('new.text')} value={now.text} on_change={(text) => change({ text })} error={error_at(errors, '/text')} maxlength={100_000} rows={9} hint={now.kind === 'registered' ? t('new.text_hint') : undefined} />
            <Attachments files={now.files} error={error_at(errors, '/files')} on_change={(files) => change({ files: files(draft.value.files) })} on_busy={set_uploading} />
          </section>
          <Conditions draft={now} errors={errors} change={change} />
          {strays.length > 0 && <Note tone="breach">{strays.join(' · ')}</Note>}
          {failure && (
            <Note tone="breach">
              {failure} {unsure && t('new.unsure')}
            </Note>
          )}
          <div class="row end">
            <span class="muted small grow">{is_empty(now) ? null : t('new.kept')}</span>
            <button class="button primary" disabled={busy || uploading > 0}>
              {busy ? <Loader size={16} class="spin" /> : <Send size={16} class="turns" />}
              {now.recipients.length > 1 ? t('new.send_many', { count: now.recipients.length }) : t('new.send')}
            </button>
          </div>
        </div>
        <Preview draft={now} />
      </form>
    </>
  );
}

function Conditions({ draft, errors, change }: { draft: Draft; errors: FieldErrors; change: (part: Partial<Draft>) => void }) {
  const languages = [{ value: '', label: t('new.language_theirs') }, ...locale_names.map((name) => ({ value: name, label: locales[name].name }))];
  const until = draft.accept_until ? new Date(draft.accept_until) : undefined;
  return (
    <section class="card stack">
      {draft.kind === 'registered' && (
        <Choices
          name="assurance"
          legend={t('new.assurance')}
          value={draft.assurance}
          error={error_at(errors, '/assurance')}
          on_change={(assurance) => change({ assurance: assurance as Assurance })}
          options={[
            { value: 'low', label: t('assurance.low'), hint: t('new.low_hint') },
            { value: 'basic', label: t('assurance.basic'), hint: t('new.basic_hint') },
            { value: 'substantial', label: t('assurance.substantial'), hint: t('new.substantial_hint') },
            { value: 'high', label: t('assurance.high'), hint: t('new.high_hint') },
          ]}
        />
      )}
      <div class="columns">
        {draft.kind === 'registered' && (
          <TextField
            id="accept_until"
            type="datetime-local"
            label={t('new.accept_until')}
            optional
            value={draft.accept_until}
            min={to_local_input(new Date(Date.now() + 60_000))}
            on_change={(accept_until) => change({ accept_until })}
            error={error_at(errors, '/accept_until')}
            hint={until && !Number.isNaN(until.getTime()) ? format_deadline(until, locale.value) : t('new.accept_hint')}
          />
        )}
        <SelectField id="locale" label={t('new.language')} value={draft.locale} options={languages} on_change={(value) => change({ locale: is_locale(value) ? value : '' })} error={error_at(errors, '/locale')} hint={t('new.language_hint')} />
        <TextField id="reference" label={t('new.reference')} optional value={draft.reference} on_change={(reference) => change({ reference })} error={error_at(errors, '/reference')} maxlength={100} hint={t('new.reference_hint')} />
      </div>
    </section>
  );
}
