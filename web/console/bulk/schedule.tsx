// One schedule: what it sends, when next, what its runs did; pausing and deleting it.
import { useEffect } from 'preact/hooks';
import History from 'icon:history';
import { get, post, remove } from '../../sdk/client';
import type { Occurrences, Schedule, ScheduleRun } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { Table } from '../../ui/table';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { NextList } from '../notices/recurrence';
import { subscribe } from '../live';
import { usePaged } from '../paged';
import { useResource } from '../resource';
import { base, go, type Parameters } from '../router';
import { act } from '../sending';
import { may } from '../session';
import { Listing, Loaded } from '../shell/listing';
import { Head } from '../shell/page';
import { Sure } from '../shell/sure';
import { ScheduleTag } from './schedules';
import { FaultLine } from './fault';

export function SchedulePage({ parameters }: { parameters: Parameters }) {
  const id = parameters.id!;
  const schedule = useResource<Schedule>((signal) => get(`/v1/schedules/${encodeURIComponent(id)}`, { signal }), [id]);
  useEffect(() => subscribe((events) => events.some((event) => event.subject === id) && schedule.reload()), [id, schedule.reload]);
  const found = schedule.value.value;
  const verb = async (name: string) => {
    if (await act(() => post(`/v1/schedules/${id}/${name}`), t('agents.changed'))) schedule.reload();
  };
  const drop = async () => {
    if (await act(() => remove(`/v1/schedules/${id}`), t('schedules.gone'))) go('/notices/schedules', 'replace');
  };
  return (
    <>
      <Head title={found?.name ?? t('schedules.one')} back={{ to: '/notices/schedules', name: t('schedules.title') }} below={found && <div class="row" aria-live="polite"><ScheduleTag one={found} /></div>}>
        {found && may('deliveries.send') && (
          <>
            {found.state === 'active' && (
              <button type="button" class="button" onClick={() => void verb('pause')}>
                {t('webhooks.pause')}
              </button>
            )}
            {found.state === 'paused' && (
              <button type="button" class="button primary" onClick={() => void verb('resume')}>
                {t('webhooks.wake')}
              </button>
            )}
            {found.state !== 'deleted' && <Sure label={t('webhooks.delete')} sure={t('schedules.delete_sure')} on_sure={() => void drop()} />}
          </>
        )}
      </Head>
      <Loaded from={schedule}>
        {(one) => (
          <div class="detail">
            <Runs one={one} />
            <div class="stack">
              <Facts one={one} />
              {one.state === 'active' && <Next key={one.next_at} one={one} />}
            </div>
          </div>
        )}
      </Loaded>
    </>
  );
}

function Facts({ one }: { one: Schedule }) {
  return (
    <section class="card" aria-label={t('schedules.one')}>
      <dl class="facts">
        <dt>{t('delivery.kind')}</dt>
        <dd><a href={`${base}/notices/kinds/${one.kind}`}><code>{one.kind}</code></a></dd>
        {one.bulk ? (
          <>
            <dt>{t('bulk.one')}</dt>
            <dd><a href={`${base}/notices/bulk/${one.bulk}`}><code>{one.bulk}</code></a></dd>
          </>
        ) : (
          <>
            <dt>{t('recipients.label')}</dt>
            <dd>{t('schedules.to', { count: one.recipients })}</dd>
          </>
        )}
        {one.recurrence && (
          <>
            <dt>{t('again.rule_field')}</dt>
            <dd><code class="break">{one.recurrence.rule}</code></dd>
            <dt>{t('prefs.zone')}</dt>
            <dd>{one.recurrence.zone ? <bdi class="ltr">{one.recurrence.zone}</bdi> : t('prefs.zone_default')}</dd>
          </>
        )}
        {one.at && (
          <>
            <dt>{t('bulk.starts')}</dt>
            <dd><Moment at={one.at} exact /></dd>
          </>
        )}
        <dt>{t('bulk.made_by')}</dt>
        <dd><bdi>{one.made_by.name || t('audit.system')}</bdi></dd>
      </dl>
    </section>
  );
}

function Next({ one }: { one: Schedule }) {
  const next = useResource<Occurrences>((signal) => get(`/v1/schedules/${one.id}/next-runs`, { query: { limit: 5 }, signal }), [one.id]);
  return (
    <section class="card" aria-label={t('again.next')}>
      <Loaded from={next} rows={2}>{(found) => <NextList found={found} />}</Loaded>
    </section>
  );
}

const tones: Record<ScheduleRun['result'], string> = { done: 'assured', failed: 'breach', missed: 'warning' };

function RunReason({ run }: { run: ScheduleRun }) {
  if (run.result === 'missed') return <span class="small muted block">{t('schedules.missed_text')}</span>;
  if (run.result === 'done') return run.reason ? <span class="small muted block">{t('schedules.earlier_text')}</span> : null;
  if (!run.faults.length) return run.reason ? <span class="small muted block" lang="en">{run.reason}</span> : null;
  return (
    <span class="small">
      {run.faults.map((fault, index) => (
        <FaultLine key={index} fault={fault} />
      ))}
    </span>
  );
}

function Runs({ one }: { one: Schedule }) {
  const list = usePaged<ScheduleRun>(`/v1/schedules/${one.id}/runs`, {}, (event) => event.subject === one.id);
  return (
    <section class="stack tight" aria-labelledby="runs-title">
      <h2 id="runs-title">{t('schedules.runs')}</h2>
      <Listing list={list} rows={3} empty={<Empty icon={History} title={t('schedules.no_runs')} />}>
        {(items) => (
          <Table label={t('schedules.runs')} heads={[t('audit.when'), t('audit.outcome'), t('area.notices')]}>
            {items.map((run) => (
              <tr key={run.due_at}>
                <td class="nowrap"><Moment at={run.at} exact /></td>
                <td>
                  <span class={`tag ${tones[run.result]}`}>{t(`schedules.run_${run.result}`)}</span>
                  <RunReason run={run} />
                </td>
                <td>
                  {t('schedules.made_many', { count: run.notices })}
                  {run.suppressed > 0 && <span class="small muted block">{t('schedules.held', { count: run.suppressed })}</span>}
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Listing>
    </section>
  );
}
