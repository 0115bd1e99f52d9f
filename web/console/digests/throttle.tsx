// How many promotional notices a customer gets in how many days.
import { useState } from 'preact/hooks';
import { get, put } from '../../sdk/client';
import type { ThrottleSettings } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { Check, NumberField } from '../../ui/field';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { useResource } from '../resource';
import { useSending } from '../sending';
import { may } from '../session';
import { Form, FormFoot } from '../shell/form';
import { Loaded } from '../shell/listing';

export function Throttle() {
  const throttle = useResource<ThrottleSettings>((signal) => get('/v1/throttle', { signal }), []);
  const [editing, set_editing] = useState(false);
  const found = throttle.value.value;
  return (
    <section class="card" aria-labelledby="throttle-title">
      <header>
        <h2 id="throttle-title">{t('throttle.title')}</h2>
        {found && may('templates.write') && (
          <button type="button" class="button small" onClick={() => set_editing(true)}>
            {t('throttle.change')}
          </button>
        )}
      </header>
      <Loaded from={throttle} rows={1}>
        {({ promotional }) => <p>{promotional ? t('throttle.is', { most: promotional.most, days: promotional.days }) : t('throttle.none')}</p>}
      </Loaded>
      {editing && found && (
        <Dialog title={t('throttle.title')} on_close={() => set_editing(false)}>
          <ThrottleForm
            found={found}
            on_cancel={() => set_editing(false)}
            on_done={() => {
              set_editing(false);
              throttle.reload();
            }}
          />
        </Dialog>
      )}
    </section>
  );
}

function ThrottleForm({ found, on_cancel, on_done }: { found: ThrottleSettings; on_cancel: () => void; on_done: () => void }) {
  const [limits, set_limits] = useState(found.promotional !== undefined);
  const [most, set_most] = useState(String(found.promotional?.most ?? 3));
  const [days, set_days] = useState(String(found.promotional?.days ?? 7));
  const sending = useSending(['/promotional/most', '/promotional/days']);
  const submit = () => {
    const wrong = [['/promotional/most', most], ['/promotional/days', days]].filter(([, text]) => !/^\d+$/.test(text!.trim()));
    if (limits && wrong.length) return sending.find(Object.fromEntries(wrong.map(([pointer]) => [pointer, t('throttle.number')])));
    return sending.send(async () => {
      await put('/v1/throttle', limits ? { promotional: { most: Number(most), days: Number(days) } } : {});
      say(t('throttle.saved'));
      on_done();
    });
  };
  return (
    <Form sending={sending} on_submit={() => void submit()}>
      <Check id="throttle-on" label={t('throttle.on')} checked={limits} on_change={set_limits} />
      {limits && (
        <div class="columns">
          <NumberField id="throttle-most" label={t('throttle.most')} value={most} on_change={set_most} error={sending.errors['/promotional/most']} />
          <NumberField id="throttle-days" label={t('throttle.days')} value={days} on_change={set_days} error={sending.errors['/promotional/days']} />
        </div>
      )}
      <FormFoot sending={sending} go={t('action.save')} on_cancel={on_cancel} />
    </Form>
  );
}
