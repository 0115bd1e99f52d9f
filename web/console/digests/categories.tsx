// Categories: what customers choose by in their preferences. One is hidden rather than removed: choices and consents name it.
import { useState } from 'preact/hooks';
import Plus from 'icon:plus';
import Tags from 'icon:tags';
import { patch } from '../../sdk/client';
import type { Category } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { Dialog } from '../../ui/dialog';
import { locale, t } from '../../ui/text';
import { category_name } from '../customers/preferences';
import { act } from '../sending';
import { may } from '../session';
import { AreaFrame } from '../shell/area_frame';
import { Loaded } from '../shell/listing';
import { CategoryForm } from './category_form';
import { useCategories } from './digests';

export function Categories() {
  const categories = useCategories();
  const [editing, set_editing] = useState<Category | 'new'>();
  const create = may('templates.write') && (
    <button type="button" class="button primary" onClick={() => set_editing('new')}>
      <Plus size={16} /> {t('categories.new')}
    </button>
  );
  return (
    <AreaFrame narrow title={t('categories.title')} action={create}>
      <p class="muted">{t('categories.about')}</p>
      <Loaded from={categories} rows={6}>
        {({ items }) =>
          items.length ? (
            <ul class="card lines" aria-label={t('categories.title')}>
              {items.map((one) => (
                <Line key={one.name} one={one} on_edit={() => set_editing(one)} on_change={categories.reload} />
              ))}
            </ul>
          ) : (
            <Empty icon={Tags} title={t('categories.none')}>
              {create}
            </Empty>
          )
        }
      </Loaded>
      {editing && (
        <Dialog title={t(editing === 'new' ? 'categories.new' : 'categories.edit')} on_close={() => set_editing(undefined)} wide>
          <CategoryForm
            one={editing === 'new' ? undefined : editing}
            on_cancel={() => set_editing(undefined)}
            on_done={() => {
              set_editing(undefined);
              categories.reload();
            }}
          />
        </Dialog>
      )}
    </AreaFrame>
  );
}

function Line({ one, on_edit, on_change }: { one: Category; on_edit: () => void; on_change: () => void }) {
  const descriptions = (one.descriptions ?? {}) as Record<string, string>;
  const description = descriptions[locale.value] ?? descriptions.en;
  const turn = async () => {
    if (await act(() => patch(`/v1/categories/${encodeURIComponent(one.name)}`, { retired: !one.retired }), t('categories.saved'))) on_change();
  };
  const rule = one.needs_consent ? 'categories.consent' : one.may_be_refused ? 'categories.may_refuse' : 'categories.always';
  return (
    <li class="stack tight">
      <div class="row apart">
        <strong><bdi>{category_name([one], one.name)}</bdi></strong>
        <span class={`tag ${one.retired ? 'quiet' : 'assured'}`}>{t(one.retired ? 'categories.retired' : 'categories.shown')}</span>
      </div>
      {description && <p class="small"><bdi>{description}</bdi></p>}
      <p class="small muted">
        <code>{one.name}</code> · {t(`class.${one.class}`)} · {t(rule)}
        {one.stock && <> · {t('categories.stock')}</>}
      </p>
      {may('templates.write') && (
        <div class="row end">
          <button type="button" class="button small" onClick={on_edit}>
            {t('action.edit')}
          </button>
          <button type="button" class="button small" onClick={() => void turn()}>
            {t(one.retired ? 'categories.bring_back' : 'categories.retire')}
          </button>
        </div>
      )}
    </li>
  );
}
