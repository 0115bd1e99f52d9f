// What an article is, beyond its words: where it stands, for whom, whose it is, until when, and when it is to be looked through again.
import { useState } from 'preact/hooks';
import { get } from '../../sdk/client';
import type { Segment } from '../../sdk/desk';
import type { Article, ArticleKind, AudienceKind } from '../../sdk/knowledge';
import type { Page } from '../../sdk/types';
import { Check, Choices, SelectField, TextField } from '../../ui/field';
import { to_local_input } from '../../ui/format';
import { is_locale, locales } from '../../ui/locales';
import { plain_number } from '../../ui/number';
import { rich, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { say } from '../../ui/toast';
import { useResource } from '../resource';
import { go } from '../router';
import { act, useSending } from '../sending';
import { may } from '../session';
import { Form, FormFoot } from '../shell/form';
import { Sure } from '../shell/sure';
import * as api from './api';
import { category_options, person, person_options, product_options } from './basics';

const kinds: ArticleKind[] = ['article', 'question'];
const audiences: AudienceKind[] = ['public', 'customers', 'agents'];
const local = (at: string | undefined): string => (at ? to_local_input(new Date(at)) : '');
const instant = (text: string): string | undefined => (text ? new Date(text).toISOString() : undefined);

export function Facts({ article, on_article }: { article: Article; on_article: (article: Article) => void }) {
  const was_published = article.translations.some((one) => one.number > 0);
  const readonly = !may('knowledge.write') || article.retired || (was_published && !may('knowledge.publish'));
  return (
    <div class="article-facts">
      <section class="card" aria-label={t('knowledge.part_facts')}>
        {was_published && !may('knowledge.publish') && may('knowledge.write') && <p class="small muted">{t('facts.publishers')}</p>}
        <fieldset disabled={readonly}><FactsForm article={article} readonly={readonly} on_article={on_article} /></fieldset>
      </section>
      <div class="stack">
        <Review article={article} on_article={on_article} />
        <Addresses article={article} />
        <End article={article} was_published={was_published} on_article={on_article} />
      </div>
    </div>
  );
}

function FactsForm({ article, readonly, on_article }: { article: Article; readonly: boolean; on_article: (article: Article) => void }) {
  const [facts, set_facts] = useState({
    kind: article.kind, source: article.source, category: article.category ?? '', products: article.products, audience: article.audience.kind, segment: article.audience.segment ?? '',
    owner: article.owner ?? '', expires_at: local(article.expires_at), review_due_at: local(article.review_due_at), days: article.review_every_days === undefined ? '' : `${article.review_every_days}`,
  });
  const set = (part: Partial<typeof facts>) => set_facts({ ...facts, ...part });
  const sending = useSending(['/kind', '/source', '/category', '/products', '/audience', '/owner', '/expires_at', '/review_due_at', '/review_every_days']);
  const { errors } = sending;
  const segments = useResource<Page<Segment>>((signal) => (facts.audience === 'customers' ? get('/v1/segments', { signal }) : Promise.resolve({ items: [] })), [facts.audience]);
  const submit = () => {
    const days = facts.days.trim() === '' ? undefined : Number(plain_number(facts.days) ?? NaN);
    if (days !== undefined && !(Number.isInteger(days) && days >= 0 && days <= 3650)) return sending.find({ '/review_every_days': t('facts.days_wrong') });
    void sending.send(async () => {
      const now = await api.put_facts(article.id, {
        version: article.version, kind: facts.kind, source: facts.source, ...(facts.category ? { category: facts.category } : {}), products: facts.products,
        audience: { kind: facts.audience, ...(facts.audience === 'customers' && facts.segment ? { segment: facts.segment } : {}) }, ...(facts.owner ? { owner: facts.owner } : {}),
        expires_at: instant(facts.expires_at), review_due_at: instant(facts.review_due_at), review_every_days: days,
      });
      say(t('kept.saved'));
      on_article(now);
    });
  };
  const none = { value: '', label: '–' };
  const with_old = (options: { value: string; label: string }[], value: string) => (value && !options.some((one) => one.value === value) ? [...options, { value, label: person(value) }] : options);
  return (
    <Form sending={sending} on_submit={submit}>
      <div class="columns">
        <SelectField id="facts-kind" label={t('knowledge.kind')} value={facts.kind} options={kinds.map((one) => ({ value: one, label: t(`article_kind.${one}`) }))} on_change={(kind) => set({ kind: kind as ArticleKind })} error={errors['/kind']} />
        <SelectField id="facts-source" label={t('facts.source')} hint={t('facts.source_hint')} value={facts.source} options={article.translations.map((one) => ({ value: one.locale, label: locales[one.locale].name }))} on_change={(source) => is_locale(source) && set({ source })} error={errors['/source']} />
      </div>
      <div class="columns">
        <SelectField id="facts-category" label={t('knowledge.category')} optional value={facts.category} options={[none, ...category_options()]} on_change={(category) => set({ category })} error={errors['/category']} />
        <SelectField id="facts-owner" label={t('knowledge.owner')} optional hint={t('facts.owner_hint')} value={facts.owner} options={[none, ...with_old(person_options(), facts.owner)]} on_change={(owner) => set({ owner })} error={errors['/owner']} />
      </div>
      {product_options().length > 0 && (
        <fieldset>
          <legend>{t('products.title')}</legend>
          <div class="row">{product_options().map((one) => <Check key={one.value} id={`facts-${one.value}`} label={one.label} checked={facts.products.includes(one.value)} on_change={(is) => set({ products: is ? [...facts.products, one.value] : facts.products.filter((other) => other !== one.value) })} />)}</div>
        </fieldset>
      )}
      <Choices name="audience" legend={t('knowledge.audience')} value={facts.audience} on_change={(audience) => set({ audience: audience as AudienceKind })} error={errors['/audience'] ?? errors['/audience/segment']} options={audiences.map((one) => ({ value: one, label: t(`audience.${one}`), hint: t(`audience.${one}_hint`) }))} />
      {facts.audience === 'customers' && <SelectField id="facts-segment" label={t('facts.segment')} optional hint={t('facts.segment_hint')} value={facts.segment} options={[{ value: '', label: t('facts.every_customer') }, ...(segments.value.value?.items ?? []).map((one) => ({ value: one.id, label: one.name }))]} on_change={(segment) => set({ segment })} />}
      <div class="columns">
        <TextField id="facts-expires" label={t('facts.expires')} optional type="datetime-local" direction="ltr" hint={t('facts.expires_hint')} value={facts.expires_at} on_change={(expires_at) => set({ expires_at })} error={errors['/expires_at']} />
        <TextField id="facts-due" label={t('facts.due')} optional type="datetime-local" direction="ltr" hint={t('facts.due_hint')} value={facts.review_due_at} on_change={(review_due_at) => set({ review_due_at })} error={errors['/review_due_at']} />
        <TextField id="facts-days" label={t('facts.days')} optional inputmode="numeric" direction="ltr" hint={t('facts.days_hint')} value={facts.days} on_change={(days) => set({ days })} error={errors['/review_every_days']} />
      </div>
      {!readonly && <FormFoot sending={sending} go={t('action.save')} />}
    </Form>
  );
}

function Review({ article, on_article }: { article: Article; on_article: (article: Article) => void }) {
  const still_right = async () => {
    await act(async () => on_article(await api.reviewed(article.id)), t('facts.reviewed'));
  };
  return (
    <section class="card stack tight" aria-labelledby="review-title">
      <h2 id="review-title">{t('facts.review')}</h2>
      <p class="small muted">{article.review_due_at ? rich(article.review_due ? 'facts.was_due' : 'facts.is_due', { when: <Moment at={article.review_due_at} /> }) : t('facts.never_due')}</p>
      {may('knowledge.write') && !article.retired && <div><button type="button" class="button small" onClick={() => void still_right()}>{t('facts.still_right')}</button></div>}
      <p class="small muted">{t('facts.made')} <Moment at={article.created_at} />{article.created_by && <> · <bdi>{person(article.created_by)}</bdi></>}</p>
    </section>
  );
}

function Addresses({ article }: { article: Article }) {
  if (!article.addresses.length) return null;
  return (
    <section class="card stack tight" aria-labelledby="addresses-title">
      <h2 id="addresses-title">{t('facts.addresses')}</h2>
      <ul class="lines small">
        {article.addresses.map((one) => (
          <li key={one.locale + one.slug}>
            <span class="muted">{locales[one.locale].name}{!one.current && <> · {t('facts.redirects')}</>}</span>
            <span class="block"><a href={one.url} target="_blank" rel="noopener"><bdi>{one.slug}</bdi></a></span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function End({ article, was_published, on_article }: { article: Article; was_published: boolean; on_article: (article: Article) => void }) {
  const drop = async () => {
    if (await act(() => api.drop(article.id), t('kept.removed'))) go('/knowledge', 'replace');
  };
  const turn = async () => {
    await act(async () => on_article(await (article.retired ? api.restore(article.id) : api.retire(article.id))), t(article.retired ? 'facts.restored' : 'facts.retired'));
  };
  const may_drop = !was_published && may('knowledge.write');
  if (!may_drop && !may('knowledge.publish')) return null;
  return (
    <section class="card stack tight" aria-labelledby="end-title">
      <h2 id="end-title">{t('facts.end')}</h2>
      <p class="small muted">{t(was_published ? 'facts.retire_text' : 'facts.delete_text')}</p>
      <div class="row">
        {may('knowledge.publish') && (article.retired ? <button type="button" class="button small" onClick={() => void turn()}>{t('facts.restore')}</button> : was_published && <Sure label={t('facts.retire')} sure={t('facts.retire_sure')} on_sure={() => void turn()} />)}
        {may_drop && <Sure label={t('facts.delete')} sure={t('facts.delete_sure')} on_sure={() => void drop()} />}
      </div>
    </section>
  );
}
