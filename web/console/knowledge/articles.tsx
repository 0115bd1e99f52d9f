// All articles: found by words and filters, and a new one.
import { useEffect, useState } from 'preact/hooks';
import BookOpen from 'icon:book-open';
import Clock from 'icon:calendar-clock';
import Lock from 'icon:lock';
import Plus from 'icon:plus';
import ThumbsUp from 'icon:thumbs-up';
import { get } from '../../sdk/client';
import type { ArticleKind, ArticleSummary, KnowledgeOverview } from '../../sdk/knowledge';
import { Empty } from '../../ui/blank';
import { Dialog } from '../../ui/dialog';
import { SelectField, TextArea, TextField } from '../../ui/field';
import { format_number } from '../../ui/format';
import { is_locale, locales, type Locale } from '../../ui/locales';
import { locale, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { subscribe } from '../live';
import { usePaged } from '../paged';
import { useResource } from '../resource';
import { base, go, place } from '../router';
import { useSending } from '../sending';
import { agent, may } from '../session';
import { useActions } from '../shell/actions';
import { AreaFrame } from '../shell/area_frame';
import { ClearFilters, FilterMenu, filter_of } from '../shell/filters';
import { Form, FormFoot } from '../shell/form';
import { Listing } from '../shell/listing';
import { SearchField } from '../shell/search_field';
import * as api from './api';
import { basics, category_options, category_path, main_locales, person, product_options, useBasics } from './basics';
import { audience_words, Languages, text_states } from './tags';

const names = ['q', 'product', 'category', 'state', 'locale', 'only', 'kind'];
const onlies = ['mine', 'due', 'outdated', 'missing'] as const;
const kinds: ArticleKind[] = ['article', 'question'];

// The address says it in the reader's words; the server in its own.
function query_of(): Record<string, string | undefined> {
  const only = filter_of('only');
  const language = filter_of('locale');
  return {
    q: filter_of('q'), product: filter_of('product'), category: filter_of('category'), state: filter_of('state'), kind: filter_of('kind'), locale: language ?? (only === 'missing' ? locale.value : undefined),
    owner: only === 'mine' ? agent.value?.id : undefined, due: only === 'due' ? 'true' : undefined, outdated: only === 'outdated' ? 'true' : undefined, missing: only === 'missing' ? 'true' : undefined,
  };
}

export default function ArticlesPage() {
  useBasics();
  const list = usePaged<ArticleSummary>('/v1/knowledge/articles', query_of(), (event) => event.kind.startsWith('article.') && event.kind !== 'article.rated');
  const overview = useResource<KnowledgeOverview>((signal) => get('/v1/knowledge/overview', { signal }), []);
  useEffect(() => subscribe((events) => events.some((event) => event.kind.startsWith('article.')) && overview.reload()), []);
  const [making, make] = useState(false);
  useActions(() => (may('knowledge.write') ? [{ id: 'new-article', name: t('knowledge.new'), group: 'group.actions', keys: 'n', run: () => make(true) }] : []), [locale.value]);
  const filtered = names.some((name) => filter_of(name));
  const button = may('knowledge.write') && (
    <button type="button" class="button primary" onClick={() => make(true)}>
      <Plus size={16} /> {t('knowledge.new')}
    </button>
  );
  return (
    <AreaFrame title={t('area.knowledge')} action={button} filters={<Filters overview={overview.value.value} />}>
      <Listing
        list={list}
        empty={
          filtered ? (
            <Empty icon={BookOpen} title={t('knowledge.none_found')}>
              <p>{t('knowledge.none_found_text')}</p>
              <ClearFilters names={names} />
            </Empty>
          ) : (
            <Empty icon={BookOpen} title={t('knowledge.none')}>
              <p>{t('knowledge.none_text')}</p>
              {button}
            </Empty>
          )
        }
      >
        {(items) => (
          <ul class="list-frame rows" aria-label={t('area.knowledge')}>
            {items.map((one) => <li key={one.id}><Row one={one} /></li>)}
          </ul>
        )}
      </Listing>
      {making && <NewArticleDialog on_close={() => make(false)} />}
    </AreaFrame>
  );
}

function Filters({ overview }: { overview: KnowledgeOverview | undefined }) {
  const language = filter_of('locale');
  const of_language = overview?.by_locale.find((one) => one.locale === (language ?? locale.value));
  const counts: Record<(typeof onlies)[number], number | undefined> = { mine: undefined, due: overview?.due, outdated: of_language?.outdated, missing: of_language?.missing };
  const states = { draft: overview?.drafts, in_review: overview?.in_review, approved: overview?.approved, scheduled: overview?.scheduled, published: overview?.published } as Partial<Record<string, number>>;
  const counted = (words: string, count: number | undefined) => (count ? `${words} (${format_number(count, locale.value)})` : words);
  return (
    <div class="stack tight">
      <div class="filters many" role="search">
        <SearchField label={t('knowledge.search')} />
        {(basics.value?.products.length ?? 0) > 0 && <FilterMenu name="product" label={t('knowledge.product')} all={t('knowledge.all_products')} options={product_options()} />}
        {(basics.value?.categories.length ?? 0) > 0 && <FilterMenu name="category" label={t('knowledge.category')} all={t('knowledge.all_categories')} options={category_options()} />}
        <FilterMenu name="state" label={t('knowledge.state')} all={t('deliveries.all_states')} options={[...text_states.map((one) => ({ value: one, label: counted(t(`text_state.${one}`), states[one]) })), { value: 'retired', label: counted(t('knowledge.retired'), overview?.retired) }]} />
        <FilterMenu name="kind" label={t('knowledge.kind')} all={t('knowledge.all_kinds')} options={kinds.map((one) => ({ value: one, label: t(`article_kind.${one}`) }))} />
        <FilterMenu name="locale" label={t('language.label')} all={t('knowledge.all_languages')} options={main_locales().map((one) => ({ value: one, label: locales[one].name }))} />
      </div>
      <Onlies counts={counts} />
    </div>
  );
}

function Onlies({ counts }: { counts: Record<(typeof onlies)[number], number | undefined> }) {
  const chosen = filter_of('only');
  const turn = (one: string | undefined) => {
    const query = new URLSearchParams(place.value.query);
    if (one) query.set('only', one);
    else query.delete('only');
    go(`/knowledge${query.size ? `?${query}` : ''}`, 'replace');
  };
  return (
    <div class="row chips" role="group" aria-label={t('knowledge.only')}>
      {onlies.map((one) => (
        <button key={one} type="button" class="chip" aria-pressed={chosen === one} onClick={() => turn(chosen === one ? undefined : one)}>
          {t(`knowledge.only_${one}`)}{counts[one] ? ` (${format_number(counts[one]!, locale.value)})` : ''}
        </button>
      ))}
    </div>
  );
}

function Row({ one }: { one: ArticleSummary }) {
  const language = filter_of('locale');
  const asked = one.helped + one.not_helped;
  return (
    <a class="article-row" data-row href={`${base}/knowledge/${one.id}${language ? `?locale=${language}` : ''}`}>
      <span class="article-what">
        <span class="one-line"><bdi class="article-title" lang={one.title_locale}>{one.title || t('knowledge.no_title')}</bdi></span>
        <span class="small muted one-line">
          {[one.kind === 'question' ? t('article_kind.question') : '', category_path(one.category), person(one.owner)].filter(Boolean).map((part, index) => <span key={index}>{index > 0 && ' · '}<bdi>{part}</bdi></span>)}
        </span>
      </span>
      <span class="article-marks">
        {one.retired && <span class="tag quiet">{t('knowledge.retired')}</span>}
        {one.review_due && <span class="tag warning"><Clock size={12} /> {t('knowledge.review_due')}</span>}
        {one.audience.kind !== 'public' && <span class="tag"><Lock size={12} /> {audience_words(one.audience)}</span>}
        <Languages texts={one.translations} />
      </span>
      <span class="small muted article-helped">{asked > 0 && <span title={t('feedback.of', { helped: one.helped, asked })}><ThumbsUp size={12} class="inline" /> <span class="away">{t('feedback.of', { helped: one.helped, asked })}</span><span aria-hidden="true">{format_number(Math.round((100 * one.helped) / asked), locale.value)} %</span></span>}</span>
      <span class="small muted nowrap article-when"><Moment at={one.changed_at} /></span>
    </a>
  );
}

function NewArticleDialog({ on_close }: { on_close: () => void }) {
  const [title, set_title] = useState('');
  const [kind, set_kind] = useState<ArticleKind>('article');
  const [language, speak] = useState<Locale>(main_locales().includes(locale.value) ? locale.value : (main_locales()[0] ?? 'en'));
  const [category, choose] = useState(filter_of('category') ?? '');
  const [summary, sum_up] = useState('');
  const sending = useSending(['/title', '/kind', '/locale', '/category', '/summary']);
  const { errors } = sending;
  const submit = () => {
    if (!title.trim()) return sending.find({ '/title': t('missing.title') });
    void sending.send(async () => {
      const product = filter_of('product');
      const made = await api.make({ kind, locale: language, title: title.trim(), ...(summary.trim() ? { summary: summary.trim() } : {}), body: '', ...(category ? { category } : {}), products: product ? [product] : [] });
      on_close();
      go(`/knowledge/${made.id}?locale=${language}`);
    });
  };
  return (
    <Dialog title={t('knowledge.new')} on_close={on_close}>
      <Form sending={sending} on_submit={submit}>
        <TextField id="article-new-title" label={t('knowledge.title')} direction="auto" value={title} on_change={set_title} error={errors['/title']} maxlength={200} focus />
        <TextArea id="article-new-summary" label={t('knowledge.summary')} optional rows={2} maxlength={500} value={summary} on_change={sum_up} error={errors['/summary']} />
        <div class="columns">
          <SelectField id="article-new-kind" label={t('knowledge.kind')} value={kind} options={kinds.map((one) => ({ value: one, label: t(`article_kind.${one}`) }))} on_change={(one) => set_kind(one as ArticleKind)} error={errors['/kind']} />
          <SelectField id="article-new-locale" label={t('language.label')} value={language} options={main_locales().map((one) => ({ value: one, label: locales[one].name }))} on_change={(one) => is_locale(one) && speak(one)} error={errors['/locale']} />
        </div>
        {category_options().length > 0 && <SelectField id="article-new-category" label={t('knowledge.category')} optional value={category} options={[{ value: '', label: '–' }, ...category_options()]} on_change={choose} error={errors['/category']} />}
        <FormFoot sending={sending} go={t('knowledge.make')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
