// How fast a job goes, and starting it at a later time.
import { useState } from 'preact/hooks';
import { post, put } from '../../sdk/client';
import type { Bulk } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { NumberField, TextField } from '../../ui/field';
import { format_deadline, to_local_input } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { say } from '../../ui/toast';
import { useSending } from '../sending';
import { Form, FormFoot } from '../shell/form';

export function Pace({ bulk, on_change }: { bulk: Bulk; on_change: () => void }) {
  const [rate, set_rate] = useState(bulk.rows_per_second === undefined ? '' : String(bulk.rows_per_second));
  const sending = useSending(['/rows_per_second']);
  const submit = () =>
    sending.send(async () => {
      await put(`/v1/bulk/${bulk.id}/pace`, rate.trim() ? { rows_per_second: Number(rate) } : {});
      say(t('agents.changed'));
      on_change();
    });
  return (
    <Form sending={sending} on_submit={() => void submit()}>
      <NumberField fraction id="pace" label={t('bulk.pace')} optional value={rate} on_change={set_rate} hint={t('bulk.pace_hint')} error={sending.errors['/rows_per_second']} />
      <FormFoot sending={sending} go={t('action.save')} quiet />
    </Form>
  );
}

export function Later({ bulk, on_change }: { bulk: Bulk; on_change: () => void }) {
  const [open, set_open] = useState(false);
  const [at, set_at] = useState('');
  const sending = useSending(['/at']);
  const submit = () => {
    if (!at) return sending.find({ '/at': t('bulk.choose_time') });
    return sending.send(async () => {
      await post('/v1/schedules', { name: bulk.name || bulk.id, bulk: bulk.id, at: new Date(at).toISOString() });
      say(t('bulk.scheduled'));
      set_open(false);
      on_change();
    });
  };
  return (
    <>
      <button type="button" class="button" onClick={() => set_open(true)}>
        {t('bulk.later')}
      </button>
      {open && (
        <Dialog title={t('bulk.later')} on_close={() => set_open(false)}>
          <Form sending={sending} on_submit={() => void submit()}>
            <TextField id="start-at" type="datetime-local" label={t('bulk.starts')} min={to_local_input(new Date())} value={at} on_change={set_at} error={sending.errors['/at']} {...(at ? { hint: format_deadline(new Date(at), locale.value) } : {})} focus />
            <FormFoot sending={sending} go={t('bulk.schedule')} on_cancel={() => set_open(false)} />
          </Form>
        </Dialog>
      )}
    </>
  );
}
