// Digests: which notices are collected into one letter, and when it goes out; and the limit of promotional notices.
import { useState } from 'preact/hooks';
import Inbox from 'icon:inbox';
import Plus from 'icon:plus';
import { get, patch, remove } from '../../sdk/client';
import type { Category, Digest, NoticeKind, Page } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { Dialog } from '../../ui/dialog';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { category_name } from '../customers/preferences';
import { useKinds } from '../notices/notices';
import { kind_name } from '../notices/words';
import { useResource } from '../resource';
import { act } from '../sending';
import { may } from '../session';
import { AreaFrame } from '../shell/area_frame';
import { Loaded } from '../shell/listing';
import { Sure } from '../shell/sure';
import { DigestForm, weekday_name } from './digest_form';
import { Throttle } from './throttle';

export const useCategories = () => useResource<Page<Category>>((signal) => get('/v1/categories', { signal }), []);

export function Digests() {
  const digests = useResource<Page<Digest>>((signal) => get('/v1/digests', { signal }), []);
  const kinds = useKinds().value.value?.items ?? [];
  const categories = useCategories().value.value?.items ?? [];
  const [editing, set_editing] = useState<Digest | 'new'>();
  const create = may('templates.write') && (
    <button type="button" class="button primary" onClick={() => set_editing('new')}>
      <Plus size={16} /> {t('digests.new')}
    </button>
  );
  return (
    <AreaFrame narrow title={t('digests.title')} action={create}>
      <Loaded from={digests} rows={3}>
        {({ items }) =>
          items.length ? (
            <ul class="card lines" aria-label={t('digests.title')}>
              {items.map((one) => (
                <Line key={one.id} one={one} what={what_of(one, kinds, categories)} on_edit={() => set_editing(one)} on_change={digests.reload} />
              ))}
            </ul>
          ) : (
            <Empty icon={Inbox} title={t('digests.none')}>
              <p>{t('digests.none_text')}</p>
              {create}
            </Empty>
          )
        }
      </Loaded>
      <Throttle />
      {editing && (
        <Dialog title={t(editing === 'new' ? 'digests.new' : 'digests.edit')} on_close={() => set_editing(undefined)}>
          <DigestForm
            one={editing === 'new' ? undefined : editing}
            kinds={kinds}
            categories={categories}
            on_cancel={() => set_editing(undefined)}
            on_done={() => {
              set_editing(undefined);
              digests.reload();
            }}
          />
        </Dialog>
      )}
    </AreaFrame>
  );
}

function what_of(one: Digest, kinds: NoticeKind[], categories: Category[]): string {
  if (one.kind) return t('digests.of_kind', { name: kind_name(kinds.find((kind) => kind.name === one.kind), one.kind) });
  return t('digests.of_category', { name: category_name(categories, one.category ?? '') });
}

function Line({ one, what, on_edit, on_change }: { one: Digest; what: string; on_edit: () => void; on_change: () => void }) {
  const turn = async () => {
    if (await act(() => patch(`/v1/digests/${one.id}`, { active: !one.active }), t(one.active ? 'digests.turned_off' : 'digests.turned_on'))) on_change();
  };
  const end = async () => {
    if (await act(() => remove(`/v1/digests/${one.id}`), t('digests.ended'))) on_change();
  };
  return (
    <li class="stack tight">
      <div class="row apart">
        <strong><bdi>{one.name}</bdi></strong>
        <span class={`tag ${one.active ? 'assured' : 'quiet'}`}>{t(one.active ? 'digests.active' : 'digests.off')}</span>
      </div>
      <p class="small muted">
        {what}
        {' · '}
        {t(`digests.every_${one.every}`)}
        {one.weekday && <> · {weekday_name(one.weekday)}</>}
        {one.at && <> · <bdi class="ltr">{one.at}</bdi></>}
        {' · '}
        {one.zone ? <bdi class="ltr">{one.zone}</bdi> : t('digests.zone_theirs')}
      </p>
      <p class="small muted">
        {t('digests.waiting', { count: one.waiting })}
        {one.next_at && (
          <>
            {' · '}
            {t('digests.next')} <Moment at={one.next_at} exact />
          </>
        )}
        {' · '}
        {t('digests.letters', { count: one.letters })}
      </p>
      {may('templates.write') && (
        <div class="row end">
          <button type="button" class="button small" onClick={on_edit}>
            {t('action.edit')}
          </button>
          <button type="button" class="button small" onClick={() => void turn()}>
            {t(one.active ? 'digests.turn_off' : 'digests.turn_on')}
          </button>
          <Sure label={t('digests.end')} sure={t('digests.end_sure')} on_sure={() => void end()} />
        </div>
      )}
    </li>
  );
}
