// What a customer wishes to hear of, in which language, and when; as they chose on their page, or as it is set for them here.
import { useState } from 'preact/hooks';
import Pencil from 'icon:pencil';
import { get } from '../../sdk/client';
import type { Category, Choice, Customer, Page, Preferences as Wishes, QuietWindow } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { locale, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { useResource } from '../resource';
import { may } from '../session';
import { Loaded } from '../shell/listing';
import { PreferencesForm } from './preferences_form';

export function useCategories() {
  return useResource<Page<Category>>((signal) => get('/v1/categories', { signal }), []);
}

export function category_name(categories: Category[] | undefined, name: string): string {
  const names = (categories?.find((one) => one.name === name)?.names ?? {}) as Record<string, string>;
  return names[locale.value] ?? names.en ?? name.replaceAll('_', ' ');
}

export function window_words({ days, from, until }: QuietWindow): string {
  const on = days.length && days.length < 7 ? days.map((day) => t(`day.${day}`)).join(' ') : t('prefs.daily');
  return t('prefs.window', { days: on, from, until });
}

export function Preferences({ customer }: { customer: Customer }) {
  const at = `/v1/customers/${customer.id}/preferences`;
  const wishes = useResource<Wishes>((signal) => get(at, { signal }), [at, customer.locale]);
  const categories = useCategories().value.value?.items;
  const [editing, set_editing] = useState(false);
  const changes = may('customers.write');
  return (
    <section class="card stack" aria-labelledby="preferences-title">
      <header class="row apart">
        <h2 id="preferences-title">{t('prefs.title')}</h2>
        {changes && (
          <span class="row">
            <button type="button" class="button small" onClick={() => set_editing(true)}>
              <Pencil size={14} /> {t('prefs.change')}
            </button>
          </span>
        )}
      </header>
      <Loaded from={wishes} rows={3}>
        {(found) => (
          <>
            <dl class="facts">
              <dt>{t('prefs.zone')}</dt>
              <dd>{found.time_zone ? <bdi class="ltr">{found.time_zone}</bdi> : <span class="muted">{t('prefs.zone_default')}</span>}</dd>
              <dt>{t('prefs.quiet')}</dt>
              <dd>
                {found.quiet_hours.length ? found.quiet_hours.map((one, index) => <div key={index}>{window_words(one)}</div>) : <span class="muted">{t('prefs.no_quiet')}</span>}
                {found.quiet_until && (
                  <span class="small tone-warning block">
                    {t('prefs.quiet_now')} <Moment at={found.quiet_until} />
                  </span>
                )}
              </dd>
              {found.paused_until && (
                <>
                  <dt>{t('prefs.paused')}</dt>
                  <dd><Moment at={found.paused_until} exact /></dd>
                </>
              )}
            </dl>
            <ul class="lines">
              {found.choices.map((one) => (
                <Line key={`${one.category} ${one.channel}`} one={one} name={category_name(categories, one.category)} />
              ))}
            </ul>
            {editing && (
              <Dialog title={t('prefs.edit')} on_close={() => set_editing(false)} wide>
                <PreferencesForm
                  at={at}
                  found={found}
                  categories={categories}
                  on_cancel={() => set_editing(false)}
                  on_done={() => {
                    set_editing(false);
                    wishes.reload();
                  }}
                />
              </Dialog>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

function Line({ one, name }: { one: Choice; name: string }) {
  return (
    <li class="row apart">
      <span class="grow">
        {name}
        <span class="small muted block">
          {t(`class.${one.class}`)}
          {one.how && <> · {t(`how.${one.how}`)}</>}
          {one.changed_at && (
            <>
              {' · '}
              <Moment at={one.changed_at} />
            </>
          )}
        </span>
      </span>
      <span class={`tag ${one.wanted ? 'assured' : 'quiet'}`}>{t(!one.may_be_changed ? 'prefs.always' : one.wanted ? 'prefs.wanted' : 'prefs.not_wanted')}</span>
    </li>
  );
}
