// The categories: a tree, put in order with the pointer, with buttons, and with keys (Alt and arrows).
import { useRef, useState } from 'preact/hooks';
import ChevronRight from 'icon:chevron-right';
import Down from 'icon:arrow-down';
import FolderTree from 'icon:folder-tree';
import Grip from 'icon:grip-vertical';
import Indent from 'icon:list-indent-increase';
import Outdent from 'icon:list-indent-decrease';
import Plus from 'icon:plus';
import Trash from 'icon:trash-2';
import Up from 'icon:arrow-up';
import { post, remove } from '../../sdk/client';
import type { Category, Words } from '../../sdk/knowledge';
import { Empty, Failed, Loading } from '../../ui/blank';
import { Dialog } from '../../ui/dialog';
import { Check, SelectField, TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { base } from '../router';
import { act, useSending } from '../sending';
import { may } from '../session';
import { AreaFrame } from '../shell/area_frame';
import { Form, FormFoot } from '../shell/form';
import { Sure } from '../shell/sure';
import * as api from './api';
import { basics, basics_failure, category_options, load_basics, main_locales, product_options, useBasics, word_of } from './basics';
import { said, WordsFields } from './names';
import { children_of, flat, may_stand, moved, within, type Placed } from './tree';

type Editing = { category?: Category; parent?: string };
type Place = 'before' | 'inside' | 'after';

export default function CategoriesPage() {
  const known = useBasics();
  const [editing, edit] = useState<Editing>();
  const [busy, set_busy] = useState(false);
  const may_change = may('knowledge.publish');
  const list = useRef<HTMLUListElement>(null);
  if (!known) return <AreaFrame title={t('help_categories.title')}>{basics_failure.value ? <Failed text={basics_failure.value} retry={() => void load_basics()} /> : <Loading rows={4} />}</AreaFrame>;
  const all = known.categories;
  const rows = flat(all);
  const move = async (id: string, parent: string | undefined, index: number) => {
    const changes = moved(all, id, parent, index);
    if (!changes.length || busy) return;
    set_busy(true);
    // Shown at once; what the server says follows.
    basics.value = { ...known, categories: all.map((one) => changes.find((other) => other.id === one.id) ?? one) };
    await act(async () => {
      for (const one of changes) await api.put_category(one);
    });
    await load_basics();
    set_busy(false);
    list.current?.querySelector<HTMLElement>(`[data-category="${id}"]`)?.focus();
  };
  const verbs = verbs_of(all, move);
  const button = may_change && (
    <button type="button" class="button primary" onClick={() => edit({})}>
      <Plus size={16} /> {t('help_categories.new')}
    </button>
  );
  return (
    <AreaFrame narrow title={t('help_categories.title')} action={rows.length > 0 && button}>
      {rows.length === 0 ? (
        <Empty icon={FolderTree} title={t('help_categories.none')}>
          <p>{t('help_categories.none_text')}</p>
          {button}
        </Empty>
      ) : (
        <>
          {may_change && <p class="small muted">{t('help_categories.order_text')}</p>}
          <ul ref={list} class="card category-tree" data-pending={busy} aria-label={t('help_categories.title')}>
            {rows.map((row) => <Line key={row.category.id} row={row} all={all} verbs={may_change ? verbs : undefined} on_edit={edit} />)}
          </ul>
        </>
      )}
      {editing && <CategoryDialog {...editing} on_close={() => edit(undefined)} />}
    </AreaFrame>
  );
}

type Move = (id: string, parent: string | undefined, index: number) => Promise<void>;
interface Verbs {
  up: (row: Placed) => void;
  down: (row: Placed) => void;
  in: (row: Placed) => void;
  out: (row: Placed) => void;
  may_in: (row: Placed) => boolean;
  drop: (id: string, on: Placed, place: Place) => void;
  may_drop: (id: string, on: Placed, place: Place) => boolean;
}

function verbs_of(all: Category[], move: Move): Verbs {
  const elder = ({ category, index }: Placed) => children_of(all, category.parent)[index - 1];
  const target = (id: string, on: Placed, place: Place): [string | undefined, number] => {
    if (place === 'inside') return [on.category.id, children_of(all, on.category.id).length];
    const siblings = children_of(all, on.category.parent).filter((one) => one.id !== id);
    return [on.category.parent, siblings.findIndex((one) => one.id === on.category.id) + (place === 'after' ? 1 : 0)];
  };
  return {
    up: (row) => void move(row.category.id, row.category.parent, row.index - 1),
    down: (row) => void move(row.category.id, row.category.parent, row.index + 1),
    in: (row) => {
      const parent = elder(row);
      if (parent) void move(row.category.id, parent.id, children_of(all, parent.id).length);
    },
    out: (row) => {
      const parent = all.find((one) => one.id === row.category.parent);
      if (parent) void move(row.category.id, parent.parent, children_of(all, parent.parent).findIndex((one) => one.id === parent.id) + 1);
    },
    may_in: (row) => {
      const parent = elder(row);
      return parent !== undefined && may_stand(all, row.category.id, parent.id);
    },
    drop: (id, on, place) => void move(id, ...target(id, on, place)),
    may_drop: (id, on, place) => id !== on.category.id && may_stand(all, id, target(id, on, place)[0]),
  };
}

function Line({ row, all, verbs, on_edit }: { row: Placed; all: Category[]; verbs: Verbs | undefined; on_edit: (editing: Editing) => void }) {
  const { category, depth, index, siblings } = row;
  const [over, set_over] = useState<Place>();
  const name = word_of(category.name) || category.slug;
  const product = basics.value?.products.find((one) => one.id === category.product);
  const missing = main_locales().filter((one) => !category.name[one]);
  const inside = all.filter((one) => within(all, category.id).has(one.id)).reduce((sum, one) => sum + one.articles, 0);
  const place_of = (event: DragEvent): Place => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const share = (event.clientY - box.top) / box.height;
    return share < 0.3 ? 'before' : share > 0.7 ? 'after' : 'inside';
  };
  const on_key = (event: KeyboardEvent) => {
    if (!verbs || !event.altKey || event.target !== event.currentTarget) return;
    const deeper = document.documentElement.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    if (event.key === 'ArrowUp' && index > 0) verbs.up(row);
    else if (event.key === 'ArrowDown' && index < siblings - 1) verbs.down(row);
    else if (event.key === deeper && verbs.may_in(row)) verbs.in(row);
    else if ((event.key === 'ArrowLeft' || event.key === 'ArrowRight') && event.key !== deeper && category.parent) verbs.out(row);
    else return;
    event.preventDefault();
  };
  const drop = async () => {
    if (await act(() => remove(`/v1/knowledge/categories/${category.id}`), t('kept.removed'))) void load_basics();
  };
  const icon_button = (Picture: typeof Up, label: string, on_click: () => void, disabled: boolean) => (
    <button type="button" class="button small plain icon-only" aria-label={label} title={label} disabled={disabled} onClick={on_click}><Picture size={16} class={Picture === Indent || Picture === Outdent ? 'turns' : ''} /></button>
  );
  return (
    <li
      class="category-line"
      data-row
      data-depth={depth}
      data-over={over}
      data-category={category.id}
      tabIndex={0}
      draggable={verbs !== undefined}
      onKeyDown={on_key}
      onDragStart={(event) => { dragged = category.id; event.dataTransfer?.setData('text/plain', name); }}
      onDragOver={(event) => {
        const place = place_of(event);
        if (!dragged || !verbs?.may_drop(dragged, row, place)) return set_over(undefined);
        event.preventDefault();
        set_over(place);
      }}
      onDragLeave={() => set_over(undefined)}
      onDragEnd={() => { dragged = undefined; }}
      onDrop={(event) => {
        event.preventDefault();
        if (dragged && over) verbs?.drop(dragged, row, over);
        set_over(undefined);
        dragged = undefined;
      }}
    >
      {verbs && <Grip size={16} class="category-grip" />}
      <span class="grow category-name">
        <a href={`${base}/knowledge?category=${category.id}`}><bdi>{name}</bdi></a>{' '}
        {product && !category.parent && <span class="tag"><bdi>{word_of(product.name)}</bdi></span>} {category.retired && <span class="tag quiet">{t('knowledge.retired')}</span>} {missing.length > 0 && <span class="tag warning">{t('help_categories.missing', { count: missing.length })}</span>}
        <span class="small muted block">{t('help_categories.articles', { count: inside })}</span>
      </span>
      {verbs && (
        <span class="row category-verbs">
          {icon_button(Up, t('forms.up', { name }), () => verbs.up(row), index === 0)}
          {icon_button(Down, t('forms.down', { name }), () => verbs.down(row), index === siblings - 1)}
          {icon_button(Outdent, t('help_categories.out', { name }), () => verbs.out(row), !category.parent)}
          {icon_button(Indent, t('help_categories.in', { name }), () => verbs.in(row), !verbs.may_in(row))}
          {icon_button(Plus, t('help_categories.new_in', { name }), () => on_edit({ parent: category.id }), depth >= 4)}
          <button type="button" class="button small" onClick={() => on_edit({ category })}>{t('action.edit')}</button>
          {category.articles === 0 && !children_of(all, category.id).length && <Sure label={t('kept.remove_one', { name })} sure={t('labels.remove')} on_sure={() => void drop()}><Trash size={16} /></Sure>}
        </span>
      )}
    </li>
  );
}
let dragged: string | undefined;

function CategoryDialog({ category, parent: inside, on_close }: Editing & { on_close: () => void }) {
  const [name, set_name] = useState<Words>(category?.name ?? {});
  const [description, describe] = useState<Words>(category?.description ?? {});
  const [parent, stand] = useState(category?.parent ?? inside ?? '');
  const [product, belong] = useState(category?.product ?? '');
  const [slug, set_slug] = useState(category?.slug ?? '');
  const [retired, retire] = useState(category?.retired ?? false);
  const sending = useSending(['/name', '/description', '/parent', '/product', '/slug']);
  const { errors } = sending;
  const all = basics.value?.categories ?? [];
  const submit = () => {
    if (!Object.keys(said(name)).length) return sending.find({ '/name': t('missing.name') });
    void sending.send(async () => {
      const words = { name: said(name), description: said(description), ...(parent ? { parent } : {}), ...(product && !parent ? { product } : {}) };
      if (category) await api.put_category({ ...category, parent: undefined, product: undefined, ...words, slug: slug.trim(), retired });
      else await post('/v1/knowledge/categories', { ...words, ...(slug.trim() ? { slug: slug.trim() } : {}), position: children_of(all, parent || undefined).length });
      say(t('kept.saved'));
      await load_basics();
      on_close();
    });
  };
  return (
    <Dialog title={t(category ? 'help_categories.edit' : 'help_categories.new')} on_close={on_close} wide>
      <Form sending={sending} on_submit={submit}>
        <WordsFields id="category-name" text_key="names.name" words={name} errors={errors} pointer="/name" most={100} focus on_change={set_name} />
        <details class="small"><summary><ChevronRight size={14} class="turns" /> {t('names.more')}</summary>
          <WordsFields id="category-description" text_key="names.description" words={description} errors={errors} pointer="/description" most={500} long optional on_change={describe} />
        </details>
        <div class="columns">
          <SelectField id="category-parent" label={t('help_categories.parent')} optional value={parent} options={[{ value: '', label: t('help_categories.top') }, ...category_options(category && within(all, category.id))]} on_change={stand} error={errors['/parent']} />
          {product_options().length > 0 && !parent && <SelectField id="category-product" label={t('knowledge.product')} optional value={product} options={[{ value: '', label: '–' }, ...product_options()]} on_change={belong} error={errors['/product']} />}
          <TextField id="category-slug" label={t('names.slug')} optional={!category} direction="auto" hint={t('names.slug_hint')} value={slug} on_change={set_slug} error={errors['/slug']} maxlength={80} />
        </div>
        {category && <Check id="category-retired" label={t('names.retired')} hint={t('names.retired_hint')} checked={retired} on_change={retire} />}
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}

