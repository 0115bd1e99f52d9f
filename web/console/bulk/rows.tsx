// What became of the rows: a report with filter, as a page and as a file; and carrying out again those that failed.
import { useState } from 'preact/hooks';
import Download from 'icon:download';
import { post } from '../../sdk/client';
import type { Bulk, BulkRow } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { Check } from '../../ui/field';
import { format_number } from '../../ui/format';
import { Table } from '../../ui/table';
import { is_key, locale, t } from '../../ui/text';
import { state_name } from '../deliveries/states';
import { usePaged } from '../paged';
import { base } from '../router';
import { useSending } from '../sending';
import { may } from '../session';
import { FilterChips, filter_of } from '../shell/filters';
import { Form, FormFoot } from '../shell/form';
import { Listing } from '../shell/listing';
import { FaultLine } from './fault';

const states = ['submitted', 'collected', 'suppressed', 'throttled', 'duplicate', 'failed'] as const;
const again = ['failed', 'throttled', 'suppressed', 'undelivered'] as const;
const tones: Record<BulkRow['state'], string> = { submitted: 'assured', collected: 'quiet', suppressed: 'warning', throttled: 'warning', duplicate: 'quiet', failed: 'breach' };

export function Rows({ bulk, on_change }: { bulk: Bulk; on_change: () => void }) {
  const state = filter_of('state');
  const list = usePaged<BulkRow>(`/v1/bulk/${bulk.id}/rows`, { state }, (event) => event.subject === bulk.id);
  const [replaying, set_replaying] = useState(false);
  return (
    <section class="stack tight" aria-labelledby="rows-title">
      <div class="row apart">
        <h2 id="rows-title">{t('bulk.report')}</h2>
        <span class="row">
          <a class="button small" href={`/v1/bulk/${bulk.id}/report?${new URLSearchParams({ ...(state ? { state } : {}), columns: 'true' })}`} download="">
            <Download size={14} /> {t('suppressions.file')}
          </a>
          {may('deliveries.send') && bulk.may.includes('replay') && (
            <button type="button" class="button small" onClick={() => set_replaying(true)}>
              {t('bulk.replay')}
            </button>
          )}
        </span>
      </div>
      <FilterChips name="state" label={t('outbox.filter')} all={t('outbox.all')} options={states.map((one) => ({ value: one, label: t(`bulk.row_${one}`) }))} />
      <Listing list={list} rows={4} empty={<p class="muted">{t('bulk.no_rows')}</p>}>
        {(items) => (
          <Table label={t('bulk.report')} heads={[t('bulk.row'), t('sites.state'), t('bulk.what')]}>
            {items.map((one) => (
              <Line key={one.row} one={one} />
            ))}
          </Table>
        )}
      </Listing>
      {replaying && (
        <Replay
          bulk={bulk}
          on_close={() => set_replaying(false)}
          on_done={() => {
            set_replaying(false);
            on_change();
          }}
        />
      )}
    </section>
  );
}

function Line({ one }: { one: BulkRow }) {
  return (
    <tr>
      <td>
        {format_number(one.row, locale.value)}
        {one.reference && <span class="small muted block"><bdi>{one.reference}</bdi></span>}
      </td>
      <td><span class={`tag ${tones[one.state]}`}>{t(`bulk.row_${one.state}`)}</span></td>
      <td class="small">
        {one.notice && <a href={`${base}/notices/${one.notice}`}>{one.delivery_state ? state_name(one.delivery_state) : one.notice}</a>}
        <Why one={one} />
        {one.faults.map((fault, index) => (
          <FaultLine key={index} fault={fault} />
        ))}
      </td>
    </tr>
  );
}

// Why it was held back, is one too many, a double, or waits for a digest.
function Why({ one }: { one: BulkRow }) {
  const key = `reason.${one.decision}`;
  if (one.state === 'throttled' || one.state === 'collected') return <span class="muted block">{t(`notice.${one.state}_text`)}</span>;
  if (one.same_as !== undefined) return <span class="muted block">{t('reason.same_as', { row: one.same_as })}</span>;
  if (is_key(key)) return <span class="muted block">{t(key)}</span>;
  return one.reason ? <span class="muted block" lang="en">{one.reason}</span> : null;
}

function Replay({ bulk, on_close, on_done }: { bulk: Bulk; on_close: () => void; on_done: () => void }) {
  const [rows, set_rows] = useState<string[]>(['failed']);
  const sending = useSending(['/rows']);
  const submit = () =>
    sending.send(async () => {
      await post(`/v1/bulk/${bulk.id}/replay`, { rows });
      on_done();
    });
  return (
    <Dialog title={t('bulk.replay')} on_close={on_close}>
      <Form sending={sending} on_submit={() => void submit()}>
        <p>{t('bulk.replay_text')}</p>
        {again.map((one) => (
          <Check key={one} id={`again-${one}`} label={t(one === 'undelivered' ? 'bulk.undelivered' : `bulk.row_${one}`)} checked={rows.includes(one)} on_change={(on) => set_rows(on ? [...rows, one] : rows.filter((other) => other !== one))} />
        ))}
        <FormFoot sending={sending} go={t('bulk.replay')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
