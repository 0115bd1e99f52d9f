// Addresses that get no mail: why, until when; added and lifted by people.
import { useState } from 'preact/hooks';
import Ban from 'icon:ban';
import Download from 'icon:download';
import Plus from 'icon:plus';
import { post, remove } from '../../sdk/client';
import type { Suppression } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { format_deadline, to_local_input } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { say } from '../../ui/toast';
import { usePaged } from '../paged';
import { act, useSending } from '../sending';
import { may } from '../session';
import { useActions } from '../shell/actions';
import { AreaFrame } from '../shell/area_frame';
import { FilterMenu, filter_of } from '../shell/filters';
import { Form, FormFoot } from '../shell/form';
import { Listing } from '../shell/listing';
import { SearchField } from '../shell/search_field';
import { Sure } from '../shell/sure';

const reasons = ['hard', 'soft', 'complaint', 'unsubscribe', 'manual'] as const;

export function Suppressions() {
  const q = filter_of('q');
  const reason = filter_of('reason');
  const list = usePaged<Suppression>('/v1/suppressions', { q, reason }, (event) => event.kind.startsWith('suppression.'));
  const [adding, set_adding] = useState(false);
  const manages = may('suppressions.manage');
  useActions(() => (manages ? [{ id: 'add-suppression', name: t('suppressions.add'), group: 'group.actions', keys: 'n', run: () => set_adding(true) }] : []), [manages]);
  const lift = async (one: Suppression) => {
    if (await act(() => remove(`/v1/suppressions/${one.id}`), t('suppressions.lifted', { address: one.address }))) void list.load();
  };
  return (
    <AreaFrame
      title={t('suppressions.title')}
      action={
        <>
          <a class="button" href="/v1/suppressions.csv" download="">
            <Download size={16} /> {t('suppressions.file')}
          </a>
          {manages && (
            <button type="button" class="button primary" onClick={() => set_adding(true)}>
              <Plus size={16} /> {t('suppressions.add')}
            </button>
          )}
        </>
      }
      filters={
        <div class="filters" role="search">
          <SearchField label={t('suppressions.search')} />
          <FilterMenu name="reason" label={t('suppressions.reason')} all={t('suppressions.all')} options={reasons.map((one) => ({ value: one, label: t(`suppressions.${one}`) }))} />
        </div>
      }
    >
      <Listing
        list={list}
        empty={
          <Empty icon={Ban} title={q || reason ? t('suppressions.none_found') : t('suppressions.none')}>
            <p>{t('suppressions.none_text')}</p>
          </Empty>
        }
      >
        {(items) => (
          <ul class="list-frame rows" aria-label={t('suppressions.title')}>
            {items.map((one) => (
              <li key={one.id} class="letter-row">
                <span class={`tag ${one.reason === 'manual' || one.reason === 'unsubscribe' ? 'quiet' : 'warning'}`}>{t(`suppressions.${one.reason}`)}</span>
                <span class="letter-what">
                  <strong class="one-line"><bdi class="ltr">{one.address}</bdi></strong>
                  <span class="small muted">
                    {t('suppressions.since')} <Moment at={one.created_at} />
                    {' · '}
                    {one.expires_at ? (
                      <>
                        {t('suppressions.until')} <Moment at={one.expires_at} exact />
                      </>
                    ) : (
                      t('suppressions.for_good')
                    )}
                  </span>
                  {one.detail && <span class="small muted" dir="auto">{one.detail}</span>}
                </span>
                {manages && <Sure label={t('suppressions.lift')} sure={t('suppressions.lift_sure')} on_sure={() => void lift(one)} />}
              </li>
            ))}
          </ul>
        )}
      </Listing>
      {adding && (
        <Add
          on_close={() => set_adding(false)}
          on_done={() => {
            set_adding(false);
            void list.load();
          }}
        />
      )}
    </AreaFrame>
  );
}

function Add({ on_close, on_done }: { on_close: () => void; on_done: () => void }) {
  const [address, set_address] = useState('');
  const [note, set_note] = useState('');
  const [until, set_until] = useState('');
  const sending = useSending(['/address', '/note', '/expires_at']);
  const submit = () =>
    sending.send(async () => {
      await post('/v1/suppressions', { address, ...(note ? { note } : {}), ...(until ? { expires_at: new Date(until).toISOString() } : {}) });
      say(t('suppressions.added', { address }));
      on_done();
    });
  return (
    <Dialog title={t('suppressions.add')} on_close={on_close}>
      <Form sending={sending} on_submit={() => void submit()}>
        <p class="muted">{t('suppressions.add_text')}</p>
        <TextField id="suppress-address" type="email" label={t('customer.email')} value={address} on_change={set_address} error={sending.errors['/address']} focus />
        <TextField id="suppress-note" label={t('suppressions.note')} optional value={note} on_change={set_note} error={sending.errors['/note']} maxlength={500} />
        <TextField
          id="suppress-until"
          type="datetime-local"
          label={t('suppressions.until_label')}
          optional
          value={until}
          min={to_local_input(new Date())}
          on_change={set_until}
          error={sending.errors['/expires_at']}
          hint={until ? format_deadline(new Date(until), locale.value) : t('suppressions.for_good_hint')}
        />
        <FormFoot sending={sending} go={t('suppressions.add')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
