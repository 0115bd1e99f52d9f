// One version of a template: its words while it is a draft, with the letter that they make; published, it never changes again.
import { useEffect, useState } from 'preact/hooks';
import { get, patch, post, remove } from '../../sdk/client';
import type { NoticeKind, Page, Template } from '../../sdk/types';
import { CodeArea } from '../../ui/code_area';
import { Dialog } from '../../ui/dialog';
import { SelectField, TextField } from '../../ui/field';
import { locales, type Locale } from '../../ui/locales';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { say } from '../../ui/toast';
import { LetterPreviewCard, problem_words, useDrawn } from '../notices/letter_preview';
import { useKinds } from '../notices/notices';
import { kind_name } from '../notices/words';
import { useResource } from '../resource';
import { go, type Parameters } from '../router';
import { act, useSending } from '../sending';
import { agent, may } from '../session';
import { Form } from '../shell/form';
import { Loaded } from '../shell/listing';
import { Note } from '../shell/note';
import { Head } from '../shell/page';
import { Sure } from '../shell/sure';
import { Comparison } from './comparison';
import { findings_at } from './findings';
import { VersionTag } from './kind';
import { Reader, type Reading } from './reader';

interface Words {
  subject: string;
  text: string;
  html: string;
  layout: string;
  note: string;
}

const words_of = (found: Template): Words => ({ subject: found.subject, text: found.text, html: found.html, layout: found.layout, note: found.version.note ?? '' });

export function TemplatePage({ parameters }: { parameters: Parameters }) {
  const id = parameters.id!;
  const template = useResource<Template>((signal) => get(`/v1/templates/${encodeURIComponent(id)}`, { signal }), [id]);
  const found = template.value.value;
  const version = found?.version;
  const kinds = useKinds().value.value?.items;
  const kind = version && kind_name(kinds?.find((one) => one.name === version.kind), version.kind);
  const title = version ? t('templates.title_of', { kind: kind!, language: locales[version.locale as Locale].name, number: version.number }) : t('templates.one');
  return (
    <>
      <Head title={title} back={version ? { to: `/notices/kinds/${version.kind}`, name: t('templates.back', { kind: kind! }) } : { to: '/notices/kinds', name: t('kinds.title') }} below={version && <div class="row" aria-live="polite"><VersionTag one={version} /></div>} />
      <Loaded from={template}>{(one) => <Editor key={`${one.version.id} ${one.version.state}`} one={one} on_change={template.reload} />}</Loaded>
    </>
  );
}

function Editor({ one, on_change }: { one: Template; on_change: () => void }) {
  const { version } = one;
  const draft = version.state === 'draft' && may('templates.write');
  const [words, set_words] = useState<Words>(words_of(one));
  const [saved, set_saved] = useState<Words>(words_of(one));
  const [comparing, set_comparing] = useState(false);
  const [reading, set_reading] = useState<Reading>({ locale: version.locale, data: undefined, customer: undefined });
  const layouts = useResource<Page<string>>((signal) => get('/v1/layouts', { signal }), []);
  const kind = useResource<NoticeKind>((signal) => get(`/v1/kinds/${encodeURIComponent(version.kind)}`, { signal }), [version.kind]);
  const sending = useSending(['/subject', '/text', '/html', '/layout', '/note']);
  const { note: _, ...shown } = words;
  const drawn = useDrawn({ kind: version.kind, locale: reading.locale as Locale, ...shown, ...(reading.data ? { data: reading.data } : {}), ...(reading.customer ? { customer: reading.customer } : {}) });
  const changed = JSON.stringify(words) !== JSON.stringify(saved);
  useEffect(() => {
    // The browser asks before what is not kept is lost.
    if (!changed || !draft) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [changed, draft]);
  const put = (part: Partial<Words>) => set_words({ ...words, ...part });
  const save = () =>
    sending.send(async () => {
      await patch(`/v1/templates/${version.id}`, words);
      set_saved(words);
      say(t('templates.saved'));
    });
  const at = (pointer: string) => findings_at(drawn.problem, pointer);
  const subject_wrong = at('/subject')[0];
  const data_wrong = at('/data');
  return (
    <div class="compose editor">
      <Form sending={sending} on_submit={() => void save()}>
        <section class="card stack">
          {draft ? (
            <TextField id="subject" label={t('new.subject')} value={words.subject} on_change={(subject) => put({ subject })} error={subject_wrong ? subject_wrong.text : sending.errors['/subject']} maxlength={500} />
          ) : (
            <div class="field">
              <span class="label">{t('new.subject')}</span>
              <p dir="auto">{words.subject}</p>
            </div>
          )}
          <CodeArea id="text" label={t('templates.text')} hint={draft ? t('templates.text_hint') : undefined} value={words.text} rows={14} findings={at('/text')} read_only={!draft} on_change={(text) => put({ text })} />
          <CodeArea id="html" label={t('templates.html')} optional={draft} hint={draft ? t('templates.html_hint') : undefined} code value={words.html} rows={16} findings={at('/html')} read_only={!draft} on_change={(html) => put({ html })} />
          {draft && (
            <div class="columns">
              <SelectField id="layout" label={t('templates.layout')} value={words.layout} options={(layouts.value.value?.items ?? [words.layout]).map((value) => ({ value, label: t_layout(value) }))} on_change={(layout) => put({ layout })} error={sending.errors['/layout']} />
              <TextField id="note" label={t('templates.note')} optional value={words.note} on_change={(note) => put({ note })} error={sending.errors['/note']} maxlength={500} />
            </div>
          )}
        </section>
        <Verbs one={one} changed={changed} busy={sending.busy} good={drawn.problem === undefined} data={reading.data} on_compare={() => set_comparing(true)} on_change={on_change} />
      </Form>
      <aside class="preview stack" aria-label={t('preview.title')}>
        <h2>{t('preview.title')}</h2>
        {kind.value.value && <Reader kind={kind.value.value} reading={reading} on_change={set_reading} wrong={data_wrong} />}
        {drawn.problem !== undefined && <Note tone="warning">{problem_words(drawn.problem) ?? (data_wrong.length ? t('preview.data_wrong') : t('preview.template_wrong'))}</Note>}
        <LetterPreviewCard drawn={drawn} />
      </aside>
      {comparing && (
        <Dialog title={t('templates.compare')} on_close={() => set_comparing(false)} wide>
          <Comparison version={version} />
          <footer>
            <button type="button" class="button" onClick={() => set_comparing(false)}>
              {t('action.close')}
            </button>
          </footer>
        </Dialog>
      )}
    </div>
  );
}

function t_layout(name: string): string {
  return name === 'alert' ? t('templates.layout_alert') : name === 'letter' ? t('templates.layout_letter') : name;
}

interface VerbsProps {
  one: Template;
  changed: boolean;
  busy: boolean;
  good: boolean;  // the letter could be drawn
  data: Record<string, unknown> | undefined;
  on_compare: () => void;
  on_change: () => void;
}

function Verbs({ one: { version, ...words }, changed, busy, good, data, on_compare, on_change }: VerbsProps) {
  const writes = may('templates.write');
  const draft = version.state === 'draft';
  const test = () =>
    act(async () => {
      const { to } = await post<{ letter: string; to: string }>(`/v1/templates/${version.id}/test`, data ? { data } : {});
      say(t('templates.tested', { to }));
    });
  const publish = () => act(() => post<Template>(`/v1/templates/${version.id}/publication`).then((made) => (made.version.id === version.id ? on_change() : go(`/notices/templates/${made.version.id}`))), t('templates.now_current'));
  const drop = async () => {
    if (await act(() => remove(`/v1/templates/${version.id}`), t('templates.dropped'))) go(`/notices/kinds/${version.kind}`, 'replace');
  };
  const copy = () =>
    act(async () => {
      const made = await post<Template>('/v1/templates', { kind: version.kind, locale: version.locale, ...words, copied_from: version.id });
      go(`/notices/templates/${made.version.id}`);
    });
  return (
    <div class="stack tight">
      <div class="row end">
        <button type="button" class="button" onClick={on_compare}>
          {t('templates.compare')}
        </button>
        {writes && (
          <button type="button" class="button" disabled={draft && changed} title={t('templates.test_hint', { email: agent.value?.email ?? '' })} onClick={() => void test()}>
            {t('templates.test')}
          </button>
        )}
        {writes && draft && <Sure label={t('templates.drop')} sure={t('templates.drop_sure')} on_sure={() => void drop()} />}
        {writes && draft && (
          <>
            <button class="button" disabled={!changed || busy}>
              {t('templates.save')}
            </button>
            <button type="button" class="button primary" disabled={changed || busy || !good} onClick={() => void publish()}>
              {t('templates.publish')}
            </button>
          </>
        )}
        {writes && !draft && (
          <>
            {!version.current && <Sure label={t('templates.again')} sure={t('templates.again_sure')} on_sure={() => void publish()} />}
            <button type="button" class="button primary" onClick={() => void copy()}>
              {t('templates.copy')}
            </button>
          </>
        )}
      </div>
      {writes && draft && changed && <p class="small muted row end">{t('templates.save_first')}</p>}
      {!draft && version.published_at && (
        <p class="small muted row end">
          {t('templates.published_at')} <Moment at={version.published_at} exact />
        </p>
      )}
    </div>
  );
}

