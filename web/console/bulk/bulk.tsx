// One bulk job: its mapping, the dry run, how it goes while it runs, and what became of its rows.
import { useEffect } from 'preact/hooks';
import { get, post } from '../../sdk/client';
import type { Bulk, BulkCounts, BulkProgress, NoticeKind } from '../../sdk/types';
import { CopyButton } from '../../ui/copy';
import { format_number, format_size } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { kind_name } from '../notices/words';
import { subscribe } from '../live';
import { useResource } from '../resource';
import { base, type Parameters } from '../router';
import { act } from '../sending';
import { may } from '../session';
import { Loaded } from '../shell/listing';
import { Note } from '../shell/note';
import { Head } from '../shell/page';
import { Sure } from '../shell/sure';
import { BulkTag } from './bulks';
import { Mapping } from './mapping';
import { Later, Pace } from './pace';
import { Rows } from './rows';
import { TroubleNote } from './trouble';

const look_ms = 1_500;
const number = (value: number): string => format_number(value, locale.value);

export function BulkPage({ parameters }: { parameters: Parameters }) {
  const id = parameters.id!;
  const bulk = useResource<Bulk>((signal) => get(`/v1/bulk/${encodeURIComponent(id)}`, { signal }), [id]);
  const found = bulk.value.value;
  const moving = found?.state === 'running' || found?.state === 'checking';
  useEffect(() => subscribe((events) => events.some((event) => event.subject === id) && bulk.reload()), [id, bulk.reload]);
  useEffect(() => {
    if (!moving) return;
    const timer = setInterval(() => document.visibilityState === 'visible' && bulk.reload(), look_ms);
    return () => clearInterval(timer);
  }, [moving, bulk.reload]);
  return (
    <>
      <Head title={found ? found.name || t('bulk.one') : t('bulk.one')} back={{ to: '/notices/bulk', name: t('bulk.title') }} below={found && <div class="row" aria-live="polite"><BulkTag one={found} /></div>}>
        {found && may('deliveries.send') && <Verbs one={found} on_change={bulk.reload} />}
      </Head>
      <Loaded from={bulk}>{(one) => <Parts one={one} on_change={bulk.reload} />}</Loaded>
    </>
  );
}

function Parts({ one, on_change }: { one: Bulk; on_change: () => void }) {
  const kind = useResource<NoticeKind>((signal) => get(`/v1/kinds/${encodeURIComponent(one.kind)}`, { signal }), [one.kind]);
  const begun = one.progress.started_at !== undefined;
  return (
    <div class="detail">
      <div class="stack">
        {one.trouble && <TroubleNote trouble={one.trouble} />}
        {one.start_at && one.state !== 'done' && (
          <Note>
            {t('bulk.starts')} <Moment at={one.start_at} exact />
          </Note>
        )}
        {begun && <Progress title={t('bulk.sending')} progress={one.progress} counts={one.counts} moving={one.state === 'running'} />}
        {one.check && !begun && (
          <>
            <Progress title={t('bulk.check_result')} progress={one.check.progress} counts={one.check.counts} moving={one.state === 'checking'} check />
            {one.state === 'checked' && one.check.counts.failed > 0 && <Note tone="warning">{t('bulk.check_failed', { count: one.check.counts.failed })}</Note>}
          </>
        )}
        {!one.erased && kind.value.value && (one.may.includes('map') || !begun) && <Mapping key={one.id} bulk={one} kind={kind.value.value} on_change={on_change} />}
        {(begun || one.check) && <Rows key={one.state} bulk={one} on_change={on_change} />}
      </div>
      <Facts one={one} kind={kind_name(kind.value.value, one.kind)} on_change={on_change} />
    </div>
  );
}

const counted = ['submitted', 'collected', 'suppressed', 'throttled', 'duplicate', 'failed'] as const;
const tones: Record<keyof BulkCounts, string> = { submitted: 'tone-assured', collected: '', suppressed: 'tone-warning', throttled: 'tone-warning', duplicate: 'tone-quiet', failed: 'tone-breach' };

function Progress({ title, progress, counts, moving, check }: { title: string; progress: BulkProgress; counts: BulkCounts; moving: boolean; check?: boolean }) {
  return (
    <section class="card stack tight" aria-label={title}>
      <header class="row apart">
        <h2>{title}</h2>
        <span class="small muted" role="status">{t('bulk.progress', { done: number(progress.processed), rows: number(progress.rows) })}</span>
      </header>
      <progress max={Math.max(1, progress.rows)} value={progress.processed} aria-label={title} />
      <p class="small muted">
        {moving && progress.per_second !== undefined && t('bulk.rate', { rate: number(Math.round(progress.per_second)) })}
        {moving && progress.ends_at && (
          <>
            {' · '}
            {t('bulk.ends')} <Moment at={progress.ends_at} />
          </>
        )}
        {!moving && progress.finished_at && (
          <>
            {t('bulk.finished')} <Moment at={progress.finished_at} exact />
          </>
        )}
      </p>
      <dl class="counts">
        {counted.map((name) => (
          <div key={name}>
            <dt class="small muted">{t(check && name === 'submitted' ? 'bulk.row_good' : `bulk.row_${name}`)}</dt>
            <dd class={counts[name] ? tones[name] : 'muted'}>{number(counts[name])}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Verbs({ one, on_change }: { one: Bulk; on_change: () => void }) {
  const verb = async (name: string, done: string) => {
    if (await act(() => post(`/v1/bulk/${one.id}/${name}`), done)) on_change();
  };
  const can = (name: string) => one.may.includes(name);
  return (
    <>
      {can('dry_run') && (
        <button type="button" class="button" onClick={() => void verb('dry-run', t('bulk.checking_now'))}>
          {t('bulk.check')}
        </button>
      )}
      {can('pause') && (
        <button type="button" class="button" onClick={() => void verb('pause', t('bulk.paused_now'))}>
          {t('webhooks.pause')}
        </button>
      )}
      {can('resume') && (
        <button type="button" class="button primary" onClick={() => void verb('resume', t('bulk.resumed_now'))}>
          {t('webhooks.wake')}
        </button>
      )}
      {can('start') && <Later bulk={one} on_change={on_change} />}
      {can('start') && (
        <button type="button" class="button primary" onClick={() => void verb('start', t('bulk.started_now'))}>
          {t('bulk.start', { count: one.rows })}
        </button>
      )}
      {can('cancel') && <Sure label={t('bulk.cancel')} sure={t('bulk.cancel_sure')} on_sure={() => void verb('cancel', t('bulk.cancelled_now'))} />}
      {can('erase') && !one.erased && <Sure label={t('bulk.erase')} sure={t('bulk.erase_sure')} on_sure={() => void verb('erasure', t('bulk.erased_now'))} />}
    </>
  );
}

function Facts({ one, kind, on_change }: { one: Bulk; kind: string; on_change: () => void }) {
  return (
    <section class="card stack" aria-label={t('bulk.about')}>
      <dl class="facts">
        <dt>{t('delivery.kind')}</dt>
        <dd><a href={`${base}/notices/kinds/${one.kind}`}>{kind}</a></dd>
        <dt>{t('bulk.rows')}</dt>
        <dd>{number(one.rows)}</dd>
        <dt>{t('bulk.size')}</dt>
        <dd>{one.erased ? t('bulk.erased') : format_size(one.size, locale.value)}</dd>
        <dt>{t('bulk.made_by')}</dt>
        <dd><bdi>{one.made_by.name || t('audit.system')}</bdi></dd>
        <dt>{t('bulk.made_at')}</dt>
        <dd><Moment at={one.created_at} exact /></dd>
        <dt>{t('delivery.identifier')}</dt>
        <dd class="row">
          <code>{one.id}</code> <CopyButton text={one.id} />
        </dd>
      </dl>
      {may('deliveries.send') && !['done', 'cancelled'].includes(one.state) && <Pace bulk={one} on_change={on_change} />}
    </section>
  );
}
