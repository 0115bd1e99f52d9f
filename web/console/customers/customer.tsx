// One customer: who they are, where they can be reached, and everything that happened, as the journal has it.
import { useEffect, useState } from 'preact/hooks';
import Pencil from 'icon:pencil';
import { get, patch } from '../../sdk/client';
import type { Customer, Locale } from '../../sdk/types';
import { Failed, Loading } from '../../ui/blank';
import { SelectField, TextField } from '../../ui/field';
import { locale_names, locales } from '../../ui/locales';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { say } from '../../ui/toast';
import { subscribe } from '../live';
import { fields_of, words_for, type FieldErrors } from '../problems';
import { useResource } from '../resource';
import { base, go, type Parameters } from '../router';
import { may } from '../session';
import { EraseForGood, may_erase } from '../shell/erase';
import { Note } from '../shell/note';
import { Head } from '../shell/page';
import { Addresses } from './addresses';
import { Consents } from './consents';
import { MergeDialog } from './merge';
import { Preferences } from './preferences';
import { Records, SimilarCustomers } from './records';
import { SplitDialog, splittable } from './split';
import { Timeline } from './timeline';

export function CustomerPage({ parameters }: { parameters: Parameters }) {
  const id = parameters.id!;
  const { value, error, reload } = useResource<Customer>((signal) => get(`/v1/customers/${encodeURIComponent(id)}`, { signal }), [id]);
  const [pending, set_pending] = useState(false);
  const [editing, set_editing] = useState(false);
  const [wishes, set_wishes] = useState(0);  // a consent changes what is wanted
  const [asking, set_asking] = useState<'merge' | 'split' | 'erase'>();
  const found = value.value;
  const records = [id, ...(found?.merged ?? []).map((one) => one.id)];
  useEffect(() => subscribe((events) => events.some((event) => records.includes(event.subject)) && reload()), [records.join(), reload]);
  // The identifier of a record that was merged leads to whoever answers for it.
  useEffect(() => {
    if (found && found.id !== id) go(`/customers/${found.id}`, 'replace');
  }, [found?.id, id]);
  const back = { to: '/customers', name: t('area.customers') };
  if (!found)
    return (
      <>
        <Head title={t('customer.title')} back={back} />
        {error.value ? <Failed text={error.value} retry={reload} /> : <Loading rows={4} />}
      </>
    );
  // Shown at once and marked until the server has it; rolled back when it refuses.
  const save = async (change: Pick<Customer, 'name' | 'locale'>): Promise<FieldErrors | undefined> => {
    const before = found;
    value.value = { ...found, ...change };
    set_pending(true);
    set_editing(false);
    try {
      await patch<Customer>(`/v1/customers/${id}`, change);
      reload();
    } catch (failure) {
      value.value = before;
      set_editing(true);
      say(words_for(failure), 'bad');
      return fields_of(failure);
    } finally {
      set_pending(false);
    }
    return undefined;
  };
  return (
    <>
      <Head title={found.name || t(found.erased_at ? 'persons.erased' : 'customer.no_name')} back={back}>
        {!found.erased_at && may('customers.write') && (
          <button type="button" class="button" onClick={() => set_asking('merge')}>
            {t('persons.merge')}
          </button>
        )}
        {!found.erased_at && may('customers.write') && may('conversations.manage') && splittable(found).length + (found.external_id ? 1 : 0) > 1 && (
          <button type="button" class="button" onClick={() => set_asking('split')}>
            {t('persons.split')}
          </button>
        )}
        {!found.erased_at && may_erase() && (
          <button type="button" class="button" onClick={() => set_asking('erase')}>
            {t('persons.erase')}
          </button>
        )}
        {may('deliveries.read') && (
          <a class="button" href={`${base}/deliveries?customer=${found.id}`}>
            {t('customer.deliveries')}
          </a>
        )}
      </Head>
      {found.erased_at && (
        <Note tone="warning">
          {t('persons.erased_text')} <Moment at={found.erased_at} />
        </Note>
      )}
      <div class="detail">
        <Timeline id={id} merged={found.merged ?? []} on_change={reload} />
        <div class="stack">
          <section class="card" data-pending={pending} aria-labelledby="who-title">
            <header>
              <h2 id="who-title">{t('customer.who')}</h2>
              {may('customers.write') && !editing && !found.erased_at && (
                <button type="button" class="button small" onClick={() => set_editing(true)}>
                  <Pencil size={14} /> {t('action.edit')}
                </button>
              )}
            </header>
            {editing ? <Edit customer={found} on_save={save} on_cancel={() => set_editing(false)} /> : <Facts customer={found} />}
          </section>
          <Records customer={found} on_change={reload} />
          {!found.erased_at && <SimilarCustomers customer={found} on_change={reload} />}
          {!found.erased_at && <Addresses customer={found} on_change={reload} />}
          {!found.erased_at && <Preferences key={wishes} customer={found} />}
          <Consents customer={found} on_change={() => set_wishes(wishes + 1)} />
        </div>
      </div>
      {asking === 'merge' && <MergeDialog customer={found} on_close={() => set_asking(undefined)} on_done={reload} />}
      {asking === 'split' && <SplitDialog customer={found} on_close={() => set_asking(undefined)} />}
      {asking === 'erase' && (
        <EraseForGood
          path="/v1/customers"
          id={found.id}
          words={{ title: t('persons.erase_title'), does: t('persons.erase_does'), not: t('persons.erase_not'), done: (report) => t('persons.erase_done', { count: report.conversations.length }) }}
          on_close={() => set_asking(undefined)}
          on_done={reload}
        />
      )}
    </>
  );
}

function Facts({ customer }: { customer: Customer }) {
  return (
    <dl class="facts">
      <dt>{t('customer.name')}</dt>
      <dd><bdi>{customer.name || t('customer.no_name')}</bdi></dd>
      <dt>{t('customer.language')}</dt>
      <dd>{locales[customer.locale]?.name ?? customer.locale}</dd>
      {customer.external_id && (
        <>
          <dt>{t('customer.external')}</dt>
          <dd><bdi>{customer.external_id}</bdi></dd>
        </>
      )}
      <dt>{t('customer.since')}</dt>
      <dd><Moment at={customer.created_at} exact /></dd>
    </dl>
  );
}

interface EditProps {
  customer: Customer;
  on_save: (change: Pick<Customer, 'name' | 'locale'>) => Promise<FieldErrors | undefined>;
  on_cancel: () => void;
}

function Edit({ customer, on_save, on_cancel }: EditProps) {
  const [name, set_name] = useState(customer.name);
  const [language, set_language] = useState<Locale>(customer.locale);
  const [errors, set_errors] = useState<FieldErrors>({});
  return (
    <form
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!name.trim()) return set_errors({ '/name': t('missing.name') });
        void on_save({ name: name.trim(), locale: language }).then((wrong) => wrong && set_errors(wrong));
      }}
    >
      <TextField id="edit-name" label={t('customer.name')} value={name} on_change={set_name} error={errors['/name']} maxlength={200} focus />
      <SelectField id="edit-locale" label={t('customer.language')} value={language} options={locale_names.map((one) => ({ value: one, label: locales[one].name }))} on_change={(value) => set_language(value as Locale)} error={errors['/locale']} />
      <div class="row end">
        <button type="button" class="button" onClick={on_cancel}>
          {t('action.cancel')}
        </button>
        <button class="button primary">{t('action.save')}</button>
      </div>
    </form>
  );
}
