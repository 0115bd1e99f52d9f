// One article: its texts beside each other, written, reviewed and published language by language; its versions, facts and what readers said.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import ExternalLink from 'icon:external-link';
import { Problem } from '../../sdk/client';
import type { Article, ArticleText } from '../../sdk/knowledge';
import { Failed, Loading } from '../../ui/blank';
import { is_locale, locale_names, locales, type Locale } from '../../ui/locales';
import { locale, t } from '../../ui/text';
import { say } from '../../ui/toast';
import { generation, subscribe } from '../live';
import { words_for } from '../problems';
import { useResource } from '../resource';
import { place, set_query, type Parameters } from '../router';
import { may } from '../session';
import { useActions } from '../shell/actions';
import { Note } from '../shell/note';
import { Head } from '../shell/page';
import * as api from './api';
import { basics, main_locales, useBasics } from './basics';
import { Facts } from './facts';
import { ArticleFeedback } from './feedback_list';
import { OutdatedTag, TextStateTag } from './tags';
import { Versions } from './versions';
import { WorkflowVerbs } from './workflow';
import { Write } from './write';
import { Writing } from './writing';

const parts = ['write', 'versions', 'facts', 'feedback'] as const;
type Part = (typeof parts)[number];

export default function ArticlePage({ parameters }: { parameters: Parameters }) {
  const known = useBasics();
  const id = parameters.id ?? '';
  const article = useResource<Article>((signal) => api.find(id, signal), [id]);
  useEffect(() => subscribe((events) => events.some((event) => event.subject === id && event.kind !== 'article.draft_saved') && article.reload()), [id]);
  const found = article.value.value;
  if (!found || !known)
    return (
      <>
        <Head title={t('area.knowledge')} back={{ to: '/knowledge', name: t('area.knowledge') }} />
        {article.error.value ? <Failed text={article.error.value} retry={article.reload} /> : <Loading rows={6} />}
      </>
    );
  const wanted = place.value.query.get('locale') ?? '';
  const language = is_locale(wanted) ? wanted : found.translations.some((one) => one.locale === locale.value) ? locale.value : found.source;
  return <InLanguage key={language} article={found} language={language} on_article={(now) => (article.value.value = now)} reload={article.reload} />;
}

interface InLanguageProps {
  article: Article;
  language: Locale;
  on_article: (article: Article) => void;
  reload: () => void;
}

// A text that is not there yet is begun with what the source has now.
const begun = (article: Article, language: Locale): ArticleText => {
  const source_number = article.translations.find((one) => one.locale === article.source)?.number ?? 0;
  return { article: article.id, locale: language, state: 'draft', version: 0, number: 0, title: '', summary: '', body: '', made_from: source_number, source_number, outdated: false, writers: [], visible: false, changed_at: article.changed_at, findings: [] };
};

async function text_or_nothing(id: string, language: Locale, signal?: AbortSignal): Promise<ArticleText | undefined> {
  try {
    return await api.text(id, language, signal);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined;
    throw error;
  }
}

function InLanguage({ article, language, on_article, reload }: InLanguageProps) {
  const [loaded, set_loaded] = useState<{ text: ArticleText }>();
  const [failure, fail] = useState<string>();
  const load = () => {
    const stop = new AbortController();
    fail(undefined);
    text_or_nothing(article.id, language, stop.signal).then((text) => set_loaded({ text: text ?? begun(article, language) }), (error: unknown) => !stop.signal.aborted && fail(words_for(error)));
    return () => stop.abort();
  };
  useEffect(load, [article.id, language]);
  const source = useResource<ArticleText | undefined>((signal) => (language === article.source ? Promise.resolve(undefined) : text_or_nothing(article.id, article.source, signal)), [article.id, article.source, language]);
  useEffect(() => subscribe((events) => events.some((event) => event.subject === article.id && event.data?.locale === article.source) && source.reload()), [article.id, article.source, language]);
  if (!loaded)
    return (
      <>
        <Head title={article.title || t('knowledge.no_title')} back={{ to: '/knowledge', name: t('area.knowledge') }} below={<LanguageTabs article={article} language={language} />} />
        {failure ? <Failed text={failure} retry={load} /> : <Loading rows={6} />}
      </>
    );
  return <Opened article={article} language={language} loaded={loaded.text} source={source.value.value} on_article={on_article} reload={reload} />;
}

interface OpenedProps extends InLanguageProps {
  loaded: ArticleText;
  source: ArticleText | undefined;
}

function Opened({ article, language, loaded, source, on_article, reload }: OpenedProps) {
  const writing = useMemo(() => new Writing(loaded, (words) => api.put_text(article.id, language, words)), [loaded]);
  const text = writing.server.value;
  const chosen = place.value.query.get('part') ?? 'write';
  const part: Part = parts.find((one) => one === chosen) ?? 'write';
  const readonly = !may('knowledge.write') || article.retired;
  useEffect(() => {
    const hear = async () => {
      const now = await text_or_nothing(article.id, language).catch(() => undefined);
      if (now && writing.heard(now)) say(t('knowledge.changed_elsewhere'));
    };
    const from_events = subscribe((events) => {
      if (events.some((event) => event.subject === article.id && (event.data?.locale === language || event.data?.locale === article.source) && !(event.kind === 'article.draft_saved' && Number(event.data.version) <= writing.server.peek().version && event.data.locale === language))) void hear();
    });
    let first = generation.peek();
    const from_reconnect = generation.subscribe((now) => {
      if (now !== first) {
        first = now;
        void hear();
      }
    });
    const online = () => void writing.save();
    addEventListener('online', online);
    return () => {
      from_events();
      from_reconnect();
      removeEventListener('online', online);
      writing.close();
    };
  }, [writing]);
  // A first save makes the translation: the tabs know of it.
  useEffect(() => {
    if (text.version && !article.translations.some((one) => one.locale === language)) reload();
  }, [text.version]);
  const show = (next: Part) => set_query({ part: next === 'write' ? undefined : next });
  useActions(() => [
    ...parts.map((one) => ({ id: `article-${one}`, name: t(`knowledge.part_${one}`), group: 'group.actions' as const, run: () => show(one) })),
    { id: 'article-body', name: t('knowledge.write_on'), group: 'group.actions' as const, keys: 'e', run: () => { show('write'); setTimeout(() => document.getElementById('article-body')?.focus()); } },
  ], [locale.value]);
  const title = writing.words.value.title || article.title || t('knowledge.no_title');
  return (
    <>
      <Head
        title={title}
        back={{ to: '/knowledge', name: t('area.knowledge') }}
        below={
          <>
            <p class="row">
              {text.version > 0 ? <TextStateTag state={text.state} number={text.number} /> : <span class="tag quiet">{t('knowledge.not_begun')}</span>}
              {text.outdated && <OutdatedTag />}
              {article.retired && <span class="tag quiet">{t('knowledge.retired')}</span>}
              {article.review_due && <span class="tag warning">{t('knowledge.review_due')}</span>}
              {text.number > 0 && <span class="small muted">{t('versions.number', { number: text.number })}</span>}
              {text.visible && text.url && <a class="small row" href={text.url} target="_blank" rel="noopener"><ExternalLink size={14} /> {t('knowledge.as_readers')}</a>}
            </p>
            <LanguageTabs article={article} language={language} />
            <nav class="tabs" aria-label={t('knowledge.parts')}>
              {parts.map((one) => <button key={one} type="button" aria-pressed={part === one} onClick={() => show(one)}>{t(`knowledge.part_${one}`)}</button>)}
            </nav>
          </>
        }
      >
        {!readonly && part === 'write' && <KeptState writing={writing} />}
        {!readonly && <WorkflowVerbs article={article} writing={writing} />}
      </Head>
      {article.retired && <Note>{t('knowledge.retired_text')}</Note>}
      {part === 'write' && <Write article={article} writing={writing} source={source} readonly={readonly} />}
      {part === 'versions' && <Versions writing={writing} readonly={readonly} on_restored={() => show('write')} />}
      {part === 'facts' && <Facts key={article.version} article={article} on_article={on_article} />}
      {part === 'feedback' && <ArticleFeedback article={article} />}
    </>
  );
}

function KeptState({ writing }: { writing: Writing }) {
  const kept = writing.kept.value;
  return <span class="small muted" role="status">{!writing.server.value.version && kept === 'saved' ? '' : t(writing.conflict.value ? 'kept_text.conflict' : `kept_text.${kept}`)}</span>;
}

function LanguageTabs({ article, language }: { article: Article; language: Locale }) {
  const there = new Map(article.translations.map((one) => [one.locale, one]));
  const wanted = basics.value ? main_locales() : [];
  const shown = locale_names.filter((one) => one === article.source || there.has(one) || wanted.includes(one) || one === language);
  shown.sort((a, b) => Number(b === article.source) - Number(a === article.source));
  const row = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    // On a narrow screen they scroll: the current one shows.
    const current = row.current?.querySelector<HTMLElement>('[aria-pressed="true"]');
    if (row.current && current) row.current.scrollLeft = current.offsetLeft - (row.current.clientWidth - current.clientWidth) / 2;
  }, [language, shown.length]);
  return (
    <div ref={row} class="tabs" role="group" aria-label={t('knowledge.languages')}>
      {shown.map((one) => {
        const text = there.get(one);
        return (
          <button key={one} type="button" aria-pressed={one === language} onClick={() => set_query({ locale: one })}>
            <span lang={one}>{locales[one].name}</span>{' '}
            {one === article.source && <span class="small muted">{t('knowledge.source')}</span>}{' '}
            {text?.outdated ? <OutdatedTag /> : !text ? <span class="tag quiet">{t('knowledge.missing')}</span> : text.state !== 'published' ? <TextStateTag state={text.state} number={text.number} /> : null}
          </button>
        );
      })}
    </div>
  );
}
