// The text and what stands beside it: how it will look, the source that is translated, or what changed in the source since.
import { useEffect, useRef, useState } from 'preact/hooks';
import ChevronRight from 'icon:chevron-right';
import type { Article, ArticleText, Comparison } from '../../sdk/knowledge';
import { CopyButton } from '../../ui/copy';
import { TextArea, TextField } from '../../ui/field';
import { locales } from '../../ui/locales';
import { locale, t } from '../../ui/text';
import { say } from '../../ui/toast';
import { error_at } from '../problems';
import { recall, remember } from '../remembered';
import { useResource } from '../resource';
import { Loaded } from '../shell/listing';
import { Note } from '../shell/note';
import { useNarrow } from '../shell/width';
import * as api from './api';
import { ComparedTexts } from './comparison';
import { ConflictPanel } from './conflict';
import { LinkDialog } from './links';
import { PreviewPane, Rendered, usePreview } from './preview';
import { Source } from './source';
import { ReviewNote } from './workflow';
import type { Writing } from './writing';

type Beside = 'preview' | 'source' | 'changes' | 'nothing';

interface WriteProps {
  article: Article;
  writing: Writing;
  source: ArticleText | undefined;  // of a translation
  readonly: boolean;
}

export function Write({ article, writing, source, readonly }: WriteProps) {
  const words = writing.words.value;
  const text = writing.server.value;
  const { locale: language } = text;
  const narrow = useNarrow();
  const translated = language !== article.source;
  const views: Beside[] = [...(translated ? (['source'] as const) : []), 'preview', ...(source && text.outdated && text.made_from > 0 ? (['changes'] as const) : []), 'nothing'];
  const [wanted, want] = useState<Beside>(() => recall<Beside>(translated ? 'article.beside.translation' : 'article.beside', 'browser') ?? (narrow ? 'nothing' : translated ? 'source' : 'preview'));
  const beside = readonly ? (views.includes(wanted) && wanted !== 'nothing' ? wanted : 'preview') : views.includes(wanted) ? wanted : views[0]!;
  const turn = (next: Beside) => {
    want(next);
    remember(translated ? 'article.beside.translation' : 'article.beside', next, 'browser');
  };
  const seen = usePreview(words.body, language, article.id);
  const area = useRef<HTMLTextAreaElement>(null);
  const pane = useRef<HTMLDivElement>(null);
  const [link, ask_link] = useState<{ insert: (address: string, title?: string) => void; chosen: string }>();
  // The preview goes where the text is.
  useEffect(() => {
    const sheet = area.current;
    const follow = () => {
      const far = pane.current;
      if (!sheet || !far || sheet.scrollHeight <= sheet.clientHeight) return;
      far.scrollTop = (sheet.scrollTop / (sheet.scrollHeight - sheet.clientHeight)) * (far.scrollHeight - far.clientHeight);
    };
    sheet?.addEventListener('scroll', follow, { passive: true });
    return () => sheet?.removeEventListener('scroll', follow);
  }, [beside]);
  const errors = writing.errors.value;
  const conflict = writing.conflict.value;
  const chips = (
    <div class="row apart">
      <div class="row chips" role="group" aria-label={t('beside.title')}>
        {views.filter((one) => !readonly || one !== 'nothing').map((one) => <button key={one} type="button" class="chip" aria-pressed={beside === one} onClick={() => turn(one)}>{t(`beside.${one}`)}</button>)}
      </div>
      <span class="small muted">{seen.preview && t('knowledge.words', { count: seen.preview.words })}</span>
    </div>
  );
  return (
    <div class="stack">
      <ReviewNote text={text} />
      {writing.failure.value && !conflict && <Note tone="breach">{writing.failure.value}</Note>}
      <Aside writing={writing} />
      {source && text.outdated && <Outdated writing={writing} source={source} readonly={readonly} on_look={text.made_from > 0 ? () => turn('changes') : undefined} />}
      {source && !text.version && <Note>{t('knowledge.begin_translation', { language: locales[language].name })}</Note>}
      {conflict && !readonly ? <ConflictPanel key={conflict.theirs.version} writing={writing} conflict={conflict} /> : (
        <>
          {chips}
          <div class="article-desk" data-beside={readonly ? 'only' : beside}>
            {!readonly && (
              <div class="stack article-text" lang={language}>
                <TextField id="article-title" label={t('knowledge.title')} direction="auto" value={words.title} on_change={(title) => writing.set({ title })} error={error_at(errors, '/title')} maxlength={200} />
                <TextArea id="article-summary" label={t('knowledge.summary')} optional rows={2} maxlength={500} value={words.summary} on_change={(summary) => writing.set({ summary })} error={error_at(errors, '/summary')} />
                <Source id="article-body" label={t('knowledge.text')} value={words.body} locale={language} error={error_at(errors, '/body')} findings={seen.preview?.findings ?? text.findings} area={area} on_change={(body) => writing.set({ body })} on_link={(insert, chosen) => ask_link({ insert, chosen })} />
                <details class="small" open={error_at(errors, '/slug') !== undefined}>
                  <summary><ChevronRight size={14} class="turns" /> <span>{t('knowledge.address')}: <bdi>{text.address ?? (words.slug || '…')}</bdi></span></summary>
                  <TextField id="article-slug" label={t('knowledge.slug')} optional direction="auto" hint={t('knowledge.slug_hint')} value={words.slug} on_change={(slug) => writing.set({ slug })} error={error_at(errors, '/slug')} maxlength={80} />
                </details>
              </div>
            )}
            {beside !== 'nothing' && (
              <section ref={pane} class="article-beside" aria-label={t(`beside.${beside}`)}>
                {beside === 'preview' && <PreviewPane title={words.title} summary={words.summary} locale={language} {...seen} />}
                {beside === 'source' && source && <SourceText source={source} />}
                {beside === 'changes' && source && <SourceChanges source={source} since={text.made_from} />}
                {beside === 'preview' && text.version > 0 && <p class="small"><a href={api.preview_page(article.id, language)} target="_blank" rel="noopener">{t('knowledge.preview_page')}</a></p>}
              </section>
            )}
          </div>
        </>
      )}
      {link && <LinkDialog locale={language} chosen={link.chosen} own={article.id} on_take={link.insert} on_close={() => ask_link(undefined)} />}
    </div>
  );
}

function Aside({ writing }: { writing: Writing }) {
  const words = writing.aside.value;
  if (!words) return null;
  return (
    <Note>
      <div class="row apart">
        <span class="grow">{t('conflict.aside')}</span>
        <span class="row"><CopyButton text={[words.title, words.summary, words.body].filter(Boolean).join('\n\n')} /> <button type="button" class="button small" onClick={() => writing.put_aside(undefined)}>{t('conflict.drop_aside')}</button></span>
      </div>
      <details class="small"><summary><ChevronRight size={14} class="turns" /> {t('conflict.show_aside')}</summary><pre class="code" dir="auto">{words.body}</pre></details>
    </Note>
  );
}

function Outdated({ writing, source, readonly, on_look }: { writing: Writing; source: ArticleText; readonly: boolean; on_look: (() => void) | undefined }) {
  const text = writing.server.value;
  const again = async () => {
    writing.is_made_from(source.number);
    if (await writing.save()) say(t('knowledge.up_to_date_done'));
  };
  return (
    <Note tone="warning">
      <p>{t('knowledge.outdated_text', { from: text.made_from, now: source.number, language: locales[source.locale].name })}</p>
      <div class="row">
        {on_look && <button type="button" class="button small" onClick={on_look}>{t('knowledge.see_changes')}</button>}
        {!readonly && <button type="button" class="button small" onClick={() => void again()}>{t('knowledge.up_to_date')}</button>}
      </div>
    </Note>
  );
}

// What is translated: as it is published, or as it is written while nothing of it is.
function SourceText({ source }: { source: ArticleText }) {
  const published = useResource(async (signal) => (source.number ? api.version(source.article, source.locale, source.number, signal) : source), [source.article, source.locale, source.number, source.number ? 0 : source.version]);
  const [raw, show_raw] = useState(() => recall<boolean>('article.raw', 'browser') ?? true);
  const turn = () => {
    show_raw(!raw);
    remember('article.raw', !raw, 'browser');
  };
  return (
    <Loaded from={published} rows={3}>
      {(words) => (
        <div class="stack tight" lang={source.locale} dir={locales[source.locale].direction}>
          <div class="row apart" dir={locales[locale.value].direction}>
            <h2 class="small muted">{locales[source.locale].name} · {source.number ? t('versions.number', { number: source.number }) : t('versions.draft')}</h2>
            <button type="button" class="button small plain" onClick={turn}>{t(raw ? 'beside.rendered' : 'beside.markdown')}</button>
          </div>
          <p class="reading-title" dir="auto">{words.title}</p>
          {words.summary && <p class="muted" dir="auto">{words.summary}</p>}
          {raw ? <pre class="source-raw" dir="auto" tabIndex={0} aria-label={t('beside.source')}>{words.body}</pre> : <SourceRendered source={source} body={words.body} />}
        </div>
      )}
    </Loaded>
  );
}

function SourceRendered({ source, body }: { source: ArticleText; body: string }) {
  const { preview, failure } = usePreview(body, source.locale, source.article);
  return failure ? <Note tone="warning">{failure}</Note> : preview ? <Rendered html={preview.html} locale={source.locale} label={t('beside.source')} /> : null;
}

function SourceChanges({ source, since }: { source: ArticleText; since: number }) {
  const found = useResource<Comparison>((signal) => api.compare(source.article, source.locale, since, source.number, signal), [source.article, since, source.number]);
  return <Loaded from={found} rows={3}>{(compared) => <ComparedTexts compared={compared} language={source.locale} before={t('versions.number', { number: since })} after={t('versions.number', { number: source.number })} />}</Loaded>;
}
