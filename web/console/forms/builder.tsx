// One form: edited on one side, seen on the other as visitors will see it. Every change is saved as a draft by itself; visitors see what was published.
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, patch, post, put } from '../../sdk/client';
import type { Form as WebForm, FormDefinition } from '../../sdk/forms';
import { Failed, Loading } from '../../ui/blank';
import { Command } from '../../ui/copy';
import { Check, NumberField, SelectField, TextArea, TextField } from '../../ui/field';
import { locale_names, locales, is_locale, type Locale } from '../../ui/locales';
import { format_number } from '../../ui/format';
import { is_key, locale, t } from '../../ui/text';
import { say } from '../../ui/toast';
import { useDesk } from '../inbox/desk';
import { error_at, fields_of, words_for, type FieldErrors } from '../problems';
import type { Parameters } from '../router';
import { act } from '../sending';
import { may } from '../session';
import { AreaFrame } from '../shell/area_frame';
import { Note } from '../shell/note';
import { missing_in, with_words } from './draft';
import { Destination } from './destination';
import { FieldsPart } from './fields';
import { StateTag } from './forms';
import { Held } from './held';

const parts = ['words', 'fields', 'destination', 'guard', 'embed', 'held'] as const;
type Part = (typeof parts)[number];
export interface Editing {
  definition: FormDefinition;
  locale: Locale;
  errors: FieldErrors;
  readonly: boolean;
  change: (change: Partial<FormDefinition>) => void;
}

export default function BuilderPage({ parameters }: { parameters: Parameters }) {
  useDesk();
  const id = parameters.id ?? '';
  const [form, set_form] = useState<WebForm>();
  const [failure, fail] = useState<string>();
  const load = () => {
    fail(undefined);
    get<WebForm>(`/v1/forms/${id}`).then(set_form, (error: unknown) => fail(words_for(error)));
  };
  useEffect(load, [id]);
  if (form) return <Builder key={form.id} loaded={form} />;
  return <AreaFrame title={t('forms.title')}>{failure ? <Failed text={failure} retry={load} /> : <Loading rows={6} />}</AreaFrame>;
}

// Saves what was changed a moment after the last change; one request at a time, none lost.
function useDraft(loaded: WebForm) {
  const [form, set_form] = useState(loaded);
  const [definition, set_definition] = useState(loaded.definition);
  const [errors, set_errors] = useState<FieldErrors>({});
  const [failure, set_failure] = useState<string>();
  const [state, set_state] = useState<'saved' | 'waiting'>('saved');
  const newest = useRef(definition);
  const kept = useRef(definition);  // as the server has it
  const version = useRef(loaded.version);
  const running = useRef<Promise<boolean>>();
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const send = async (): Promise<boolean> => {
    const sent = newest.current;
    try {
      const now = await put<WebForm>(`/v1/forms/${loaded.id}/draft`, { version: version.current, definition: sent });
      version.current = now.version;
      kept.current = sent;
      set_form(now);
      set_errors({});
      set_failure(undefined);
      return true;
    } catch (error) {
      set_errors(fields_of(error));
      set_failure(words_for(error));
      return false;
    }
  };
  const send_all = async (): Promise<boolean> => {
    while (kept.current !== newest.current) if (!(await send())) return false;
    set_state('saved');
    return true;
  };
  // Whoever asks while a request is on its way waits for it, and for what has been changed since.
  const save = (): Promise<boolean> => {
    clearTimeout(timer.current);
    running.current ??= send_all().finally(() => (running.current = undefined));
    return running.current;
  };
  const change = (some: Partial<FormDefinition>) => {
    newest.current = { ...newest.current, ...some };
    set_definition(newest.current);
    set_state('waiting');
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void save(), 600);
  };
  useEffect(() => () => {
    if (newest.current !== kept.current) void save();
  }, []);
  return { form, set_form, definition, errors, failure, state, change, save, version };
}

function Builder({ loaded }: { loaded: WebForm }) {
  const draft = useDraft(loaded);
  const { form, definition } = draft;
  const [part, show] = useState<Part>(window.location.hash === '#held' ? 'held' : 'words');
  const [language, speak] = useState<Locale>(definition.locales[0] ?? 'en');
  const readonly = !may('mailboxes.manage');
  const editing: Editing = { definition, locale: language, errors: below(draft.errors, '/definition'), readonly, change: draft.change };
  const publish = async () => {
    if (!(await draft.save())) return;
    try {
      draft.set_form(await post<WebForm>(`/v1/forms/${form.id}/publication`, { version: draft.version.current }));
      say(t('forms.published'));
    } catch (error) {
      say(words_for(error), 'bad');
    }
  };
  const close = async () => {
    await act(async () => draft.set_form(await patch<WebForm>(`/v1/forms/${form.id}`, { closed: form.state !== 'closed' })));
  };
  return (
    <AreaFrame
      title={form.name}
      action={
        !readonly && (
          <span class="row">
            <span class="small muted" role="status">{t(draft.failure ? 'forms.unsaved' : draft.state === 'waiting' ? 'forms.saving' : 'forms.saved')}</span>
            {form.state !== 'draft' && <button type="button" class="button" onClick={() => void close()}>{t(form.state === 'closed' ? 'forms.open' : 'forms.close')}</button>}
            <button type="button" class="button primary" disabled={form.findings.length > 0} onClick={() => void publish()}>{t('forms.publish')}</button>
          </span>
        )
      }
    >
      <p class="row"><StateTag one={form} /> {form.number > 0 && <span class="small muted">{t('forms.version', { number: form.number })}</span>} {form.state === 'published' && <a class="small ltr" href={form.url} target="_blank" rel="noopener"><bdi>{form.url}</bdi></a>}</p>
      {draft.failure && <Note tone="breach">{draft.failure}</Note>}
      {form.findings.length > 0 && (
        <details class="small" open={form.state === 'draft' && form.findings.length < 4}>
          <summary>{t('forms.findings', { count: form.findings.length })}</summary>
          <ul>{form.findings.map((one) => <li key={one.pointer}>{finding_words(one.pointer, definition)}</li>)}</ul>
        </details>
      )}
      <div class="builder">
        <div class="stack">
          <nav class="tabs" aria-label={t('forms.parts')}>
            {parts.map((one) => (
              <button key={one} type="button" aria-pressed={part === one} onClick={() => show(one)}>
                {t(`forms.part.${one}`)}{one === 'held' && form.held > 0 ? ` (${format_number(form.held, locale.value)})` : ''}
              </button>
            ))}
          </nav>
          {(part === 'words' || part === 'fields') && <Languages editing={editing} on_choose={speak} />}
          {part === 'words' && <fieldset disabled={readonly}><WordsPart {...editing} /></fieldset>}
          {part === 'fields' && <FieldsPart {...editing} />}
          {part === 'destination' && <fieldset disabled={readonly}><Destination {...editing} /></fieldset>}
          {part === 'guard' && <fieldset disabled={readonly}><GuardPart {...editing} /></fieldset>}
          {part === 'embed' && <EmbedPart editing={editing} form={form} on_form={draft.set_form} />}
          {part === 'held' && <Held form={form} />}
        </div>
        <section class="builder-preview" aria-label={t('forms.preview')}>
          <h2 class="small muted">{t('forms.preview')}</h2>
          <iframe key={`${form.version}-${language}`} title={t('forms.preview')} src={`/v1/forms/${form.id}/preview?lang=${language}`} sandbox="allow-same-origin" />
        </section>
      </div>
    </AreaFrame>
  );
}

const below = (errors: FieldErrors, start: string): FieldErrors => Object.fromEntries(Object.entries(errors).map(([pointer, text]) => [pointer.startsWith(start) ? pointer.slice(start.length) : pointer, text]));

// Where it is, and what is to be done, by the finding's place.
function finding_words(pointer: string, definition: FormDefinition): string {
  const pieces = pointer.split('/').filter(Boolean);
  const last = [...pieces].reverse().find((one) => !/^\d+$/.test(one)) ?? '';
  const field = pieces[0] === 'fields' && pieces[1] ? definition.fields[Number(pieces[1])] : undefined;
  const key = `forms.find.${pieces[0] === 'consent' ? 'consent' : last}`;
  const text = is_key(key) ? t(key) : pointer;
  const name = field ? Object.values(field.label).find(Boolean) ?? field.key : pieces[0] === 'rules' ? t('forms.rule_number', { number: Number(pieces[1]) + 1 }) : undefined;
  return name ? `${name}: ${text}` : text;
}

function Languages({ editing, on_choose }: { editing: Editing; on_choose: (locale: Locale) => void }) {
  const { definition, locale, readonly, change } = editing;
  const others = locale_names.filter((one) => !definition.locales.includes(one));
  const drop = () => {
    const left = definition.locales.filter((one) => one !== locale);
    change({ locales: left });
    on_choose(left[0] ?? 'en');
  };
  return (
    <div class="row">
      <div class="tabs grow" role="group" aria-label={t('forms.languages')}>
        {definition.locales.map((one) => {
          const missing = missing_in(definition, one);
          return (
            <button key={one} type="button" lang={one} aria-pressed={one === locale} onClick={() => on_choose(one)}>
              {locales[one].name} {missing > 0 && <span class="tag warning" lang={undefined}>{t('forms.missing', { count: missing })}</span>}
            </button>
          );
        })}
      </div>
      {!readonly && definition.locales.length > 1 && <button type="button" class="button small" onClick={drop}>{t('forms.drop_language', { language: locales[locale].name })}</button>}
      {!readonly && others.length > 0 && (
        <SelectField id="form-language" label={t('canned.add_language')} value="" options={[{ value: '', label: '–' }, ...others.map((one) => ({ value: one, label: locales[one].name }))]} on_change={(one) => {
          if (!is_locale(one)) return;
          change({ locales: [...definition.locales, one] });
          on_choose(one);
        }} />
      )}
    </div>
  );
}

function WordsPart({ definition, locale, errors, change }: Editing) {
  const field = (name: 'title' | 'intro' | 'button' | 'thanks') => ({ id: `form-${name}`, label: t(name === 'title' ? 'forms.heading' : `forms.${name}`), value: definition[name][locale] ?? '', on_change: (text: string) => change({ [name]: with_words(definition[name], locale, text) }), error: error_at(errors, `/${name}`), maxlength: 2000 });
  const consent = definition.consent;
  return (
    <div class="stack card">
      <TextField {...field('title')} direction="auto" />
      <TextArea {...field('intro')} optional rows={3} />
      <TextField {...field('button')} direction="auto" optional />
      <TextArea {...field('thanks')} optional rows={3} hint={t('forms.thanks_hint')} />
      <Check id="form-consent" label={t('forms.asks_consent')} hint={t('forms.consent_hint')} checked={!!consent} on_change={(is) => change({ consent: is ? { text: {} } : undefined } as Partial<FormDefinition>)} />
      {consent && <TextArea id="form-consent-text" label={t('forms.consent_text')} rows={3} maxlength={2000} value={consent.text[locale] ?? ''} on_change={(text) => change({ consent: { ...consent, text: with_words(consent.text, locale, text) } })} error={error_at(errors, '/consent')} />}
      {consent && <Check id="form-consent-must" label={t('forms.consent_must')} checked={consent.required ?? true} on_change={(required) => change({ consent: { ...consent, required } })} />}
    </div>
  );
}

function GuardPart({ definition, errors, change }: Editing) {
  const guard = definition.guard ?? {};
  const number = (name: 'least_seconds' | 'most_links', usual: number) => (
    <NumberField id={`form-${name}`} label={t(`forms.${name}`)} hint={t(`forms.${name}_hint`)} value={`${guard[name] ?? usual}`} on_change={(text) => change({ guard: { ...guard, [name]: Number(text) } })} error={errors[`/guard/${name}`]} />
  );
  return (
    <div class="stack card">
      <p class="muted small">{t('forms.guard_text')}</p>
      <Check id="form-work" label={t('forms.work')} hint={t('forms.work_hint')} checked={guard.work ?? true} on_change={(work) => change({ guard: { ...guard, work } })} />
      <div class="columns">
        {number('least_seconds', 3)}
        {number('most_links', 3)}
      </div>
    </div>
  );
}

function EmbedPart({ editing, form, on_form }: { editing: Editing; form: WebForm; on_form: (form: WebForm) => void }) {
  const { definition, errors, readonly, change } = editing;
  const [slug, set_slug] = useState(form.slug);
  const [name, set_name] = useState(form.name);
  const [origins, set_origins] = useState(definition.origins.join('\n'));
  const rename = async () => {
    await act(async () => on_form(await patch<WebForm>(`/v1/forms/${form.id}`, { slug: slug.trim(), name: name.trim() })), t('kept.saved'));
  };
  return (
    <div class="stack">
      <div class="stack card">
        <div class="columns">
          <TextField id="form-name" label={t('kept.name')} direction="auto" value={name} on_change={set_name} maxlength={100} />
          <TextField id="form-slug" label={t('forms.slug')} direction="ltr" hint={t('forms.slug_hint')} value={slug} on_change={set_slug} maxlength={60} />
        </div>
        {!readonly && (slug !== form.slug || name !== form.name) && <div><button type="button" class="button" onClick={() => void rename()}>{t('action.save')}</button></div>}
        <TextField id="form-redirect" label={t('forms.redirect')} optional direction="ltr" hint={t('forms.redirect_hint')} value={definition.redirect ?? ''} on_change={(redirect) => change({ redirect })} error={errors['/redirect']} maxlength={500} />
        <Check id="form-confirm" label={t('forms.confirm')} hint={t('forms.confirm_hint')} checked={definition.confirm ?? false} on_change={(confirm) => change({ confirm })} />
      </div>
      <div class="stack card">
        <TextArea id="form-origins" label={t('forms.origins')} optional rows={3} hint={t('forms.origins_hint')} value={origins} on_change={(text) => {
          set_origins(text);
          change({ origins: text.split(/\s+/).map((one) => one.trim().replace(/\/$/, '').toLowerCase()).filter(Boolean) });
        }} error={error_at(errors, '/origins')} />
        <div><p class="small muted">{t('forms.embed_script')}</p><Command text={form.embed_script} /></div>
        <div><p class="small muted">{t('forms.embed_frame')}</p><Command text={form.embed_frame} /></div>
      </div>
    </div>
  );
}
