// The products that articles and categories belong to, in the order in which readers see them.
import { useState } from 'preact/hooks';
import ChevronRight from 'icon:chevron-right';
import Down from 'icon:arrow-down';
import Package from 'icon:package';
import Trash from 'icon:trash-2';
import Up from 'icon:arrow-up';
import { post, put, remove } from '../../sdk/client';
import type { Product, Words } from '../../sdk/knowledge';
import { Dialog } from '../../ui/dialog';
import { Check, TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { base } from '../router';
import { act, useSending } from '../sending';
import { may } from '../session';
import { Collection, useCollection } from '../shell/collection';
import { Form, FormFoot } from '../shell/form';
import { Sure } from '../shell/sure';
import { load_basics, main_locales, useBasics, word_of } from './basics';
import { said, WordsFields } from './names';

const put_product = ({ id, version, slug, name, description, position, retired }: Product): Promise<Product> => put(`/v1/knowledge/products/${id}`, { version, slug, name, description, position, retired });

export default function ProductsPage() {
  useBasics();
  const list = useCollection<Product>('/v1/knowledge/products', 'help_product.');
  const items = [...(list.value.value?.items ?? [])].sort((a, b) => a.position - b.position);
  const move = async (from: number, to: number) => {
    const next = [...items];
    next.splice(to, 0, ...next.splice(from, 1));
    await act(async () => {
      for (const [position, one] of next.entries()) if (one.position !== position) await put_product({ ...one, position });
    });
    list.reload();
  };
  const reload = () => {
    list.reload();
    void load_basics();
  };
  return (
    <Collection
      ordered
      title={t('products.title')}
      icon={Package}
      none={t('products.none')}
      none_text={t('products.none_text')}
      list={list}
      add={may('knowledge.publish') && t('products.new')}
      grouped={() => [['', items]]}
      line={(one, edit) => <Line key={one.id} one={one} index={items.findIndex((other) => other.id === one.id)} count={items.length} on_edit={edit} on_move={move} on_change={reload} />}
      editor={(one, close) => <ProductDialog product={one} count={items.length} on_close={close} on_done={reload} />}
    />
  );
}

function Line({ one, index, count, on_edit, on_move, on_change }: { one: Product; index: number; count: number; on_edit: () => void; on_move: (from: number, to: number) => Promise<void>; on_change: () => void }) {
  const name = word_of(one.name) || one.slug;
  const missing = main_locales().filter((locale) => !one.name[locale]);
  const drop = async () => {
    if (await act(() => remove(`/v1/knowledge/products/${one.id}`), t('kept.removed'))) on_change();
  };
  return (
    <li class="row apart">
      <span class="grow">
        <a href={`${base}/knowledge?product=${one.id}`}><strong><bdi>{name}</bdi></strong></a> {one.retired && <span class="tag quiet">{t('knowledge.retired')}</span>} {missing.length > 0 && <span class="tag warning">{t('help_categories.missing', { count: missing.length })}</span>}
        <span class="small muted block">{t('help_categories.articles', { count: one.articles })}</span>
      </span>
      {may('knowledge.publish') && (
        <span class="row">
          <button type="button" class="button small plain icon-only" aria-label={t('forms.up', { name })} disabled={index <= 0} onClick={() => void on_move(index, index - 1)}><Up size={16} /></button>
          <button type="button" class="button small plain icon-only" aria-label={t('forms.down', { name })} disabled={index === count - 1} onClick={() => void on_move(index, index + 1)}><Down size={16} /></button>
          <button type="button" class="button small" onClick={on_edit}>{t('action.edit')}</button>
          {!one.articles && !one.categories && <Sure label={t('kept.remove_one', { name })} sure={t('labels.remove')} on_sure={() => void drop()}><Trash size={16} /></Sure>}
        </span>
      )}
    </li>
  );
}

function ProductDialog({ product, count, on_close, on_done }: { product: Product | undefined; count: number; on_close: () => void; on_done: () => void }) {
  const [name, set_name] = useState<Words>(product?.name ?? {});
  const [description, describe] = useState<Words>(product?.description ?? {});
  const [slug, set_slug] = useState(product?.slug ?? '');
  const [retired, retire] = useState(product?.retired ?? false);
  const sending = useSending(['/name', '/description', '/slug']);
  const { errors } = sending;
  const submit = () => {
    if (!Object.keys(said(name)).length) return sending.find({ '/name': t('missing.name') });
    void sending.send(async () => {
      const words = { name: said(name), description: said(description) };
      if (product) await put_product({ ...product, ...words, slug: slug.trim(), retired });
      else await post('/v1/knowledge/products', { ...words, ...(slug.trim() ? { slug: slug.trim() } : {}), position: count });
      say(t('kept.saved'));
      on_close();
      on_done();
    });
  };
  return (
    <Dialog title={t(product ? 'products.edit' : 'products.new')} on_close={on_close} wide>
      <Form sending={sending} on_submit={submit}>
        <WordsFields id="product-name" text_key="names.name" words={name} errors={errors} pointer="/name" most={100} focus on_change={set_name} />
        <details class="small"><summary><ChevronRight size={14} class="turns" /> {t('names.more')}</summary>
          <WordsFields id="product-description" text_key="names.description" words={description} errors={errors} pointer="/description" most={500} long optional on_change={describe} />
        </details>
        <TextField id="product-slug" label={t('names.slug')} optional={!product} direction="auto" hint={t('names.slug_hint')} value={slug} on_change={set_slug} error={errors['/slug']} maxlength={80} />
        {product && <Check id="product-retired" label={t('names.retired')} hint={t('names.retired_hint')} checked={retired} on_change={retire} />}
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
