// What the recipient will get, in their language, while it is being written. For a registered delivery: the invitation, which shows
// nothing of the content; and the page that opens after identification and acceptance.
import { useEffect, useState } from 'preact/hooks';
import FileIcon from 'icon:file';
import Lock from 'icon:lock';
import { format_deadline, format_size } from '../../ui/format';
import { is_locale, locale_names, locales, type Locale } from '../../ui/locales';
import { load_locale, locale as viewer_locale, t, t_in } from '../../ui/text';
import { agent } from '../session';
import type { Draft } from './draft';
import { invitation } from './letter_text';

const default_deadline_days = 15;

// The language of the delivery, or the first recipient's, or the viewer's.
export function language_of(draft: Draft): Locale {
  const first = draft.recipients.find((one) => one.locale)?.locale;
  return draft.locale || first || (is_locale(agent.value?.locale ?? '') ? (agent.value!.locale as Locale) : 'en');
}

export function Preview({ draft }: { draft: Draft }) {
  const [chosen, set_chosen] = useState<Locale | ''>('');
  const wanted = chosen || language_of(draft);
  const [ready, set_ready] = useState(false);
  useEffect(() => {
    set_ready(false);
    void load_locale(wanted).then(() => set_ready(true));
  }, [wanted]);
  const frame = (of: Locale): Frame => ({ lang: of, dir: locales[of].direction });
  return (
    <aside class="preview stack" aria-label={t('preview.title')}>
      <div class="row apart">
        <h2>{t('preview.title')}</h2>
        <select class="input preview-language" aria-label={t('preview.language')} value={wanted} onChange={(event) => set_chosen(event.currentTarget.value as Locale)}>
          {locale_names.map((name) => (
            <option key={name} value={name} selected={name === wanted}>
              {locales[name].name}
            </option>
          ))}
        </select>
      </div>
      {!ready ? null : draft.kind === 'plain' ? <Plain draft={draft} frame={frame(wanted)} /> : <Registered draft={draft} language={wanted} frame={frame(wanted)} />}
    </aside>
  );
}

interface Frame {
  lang: string;
  dir: 'ltr' | 'rtl';
}

function To({ draft }: { draft: Draft }) {
  const first = draft.recipients[0];
  return <bdi class="ltr">{first?.email || 'name@example.org'}</bdi>;
}

function Plain({ draft, frame }: { draft: Draft; frame: Frame }) {
  return (
    <div class="mail">
      <div class="mail-head small">
        <span class="muted">{t('preview.to')}</span> <To draft={draft} />
        <strong dir="auto">{draft.subject || t('preview.no_subject')}</strong>
      </div>
      <div class="mail-body pre" {...frame}>
        {draft.text || <span class="muted">{t('preview.no_text')}</span>}
      </div>
      <FileLines draft={draft} />
    </div>
  );
}

function Registered({ draft, language, frame }: { draft: Draft; language: Locale; frame: Frame }) {
  const until = draft.accept_until ? new Date(draft.accept_until) : new Date(Date.now() + default_deadline_days * 86_400_000);
  const letter = invitation(language, {
    organisation: t_in(language, 'preview.organisation'),
    name: draft.recipients[0]?.name,
    link: `${location.origin}/p/…`,
    accept_until: Number.isNaN(until.getTime()) ? undefined : format_deadline(until, language),
  });
  return (
    <>
      <p class="muted small">{t('preview.invitation')}</p>
      <div class="mail">
        <div class="mail-head small">
          <span class="muted">{t('preview.to')}</span> <To draft={draft} />
          <strong {...frame}>{letter.subject}</strong>
        </div>
        <div class="mail-body pre" tabIndex={0} role="region" aria-label={t('preview.invitation')} {...frame}>
          {letter.text}
        </div>
      </div>
      <p class="muted small row nowrap-row">
        <Lock size={14} /> {t(draft.assurance === 'basic' ? 'preview.code_same' : draft.assurance === 'low' ? 'preview.code_other' : 'preview.provider')}
      </p>
      <p class="muted small">{t('preview.after')}</p>
      <div class="mail">
        <div class="mail-body stack tight" dir="auto">
          <strong>{draft.subject || t('preview.no_subject')}</strong>
          <p class="pre">{draft.text || <span class="muted">{t('preview.no_text')}</span>}</p>
        </div>
        <FileLines draft={draft} />
      </div>
    </>
  );
}

function FileLines({ draft }: { draft: Draft }) {
  if (!draft.files.length) return null;
  return (
    <ul class="mail-files small">
      {draft.files.map((file) => (
        <li key={file.id} class="row">
          <FileIcon size={14} /> <span class="one-line">{file.name}</span> <span class="muted">{format_size(file.size, viewer_locale.value)}</span>
        </li>
      ))}
    </ul>
  );
}
