// One delivery: what was sent to whom, and the line of evidence of everything that happened, live.
import { useEffect, useState } from 'preact/hooks';
import Download from 'icon:download';
import Eraser from 'icon:eraser';
import { get } from '../../sdk/client';
import type { Delivery } from '../../sdk/types';
import { Failed, Loading } from '../../ui/blank';
import { locales } from '../../ui/locales';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { CopyButton } from '../../ui/copy';
import { subscribe } from '../live';
import { useResource } from '../resource';
import { base, type Parameters } from '../router';
import { may } from '../session';
import { useActions } from '../shell/actions';
import { Note } from '../shell/note';
import { Head } from '../shell/page';
import { concerns, is_unfinished } from './detail_state';
import { Delegates, Trouble } from './delegates';
import { EraseDialog } from './erase';
import { EvidenceLine } from './evidence_line';
import { Files } from './files';
import { Ladder, StateTag } from './ladder';
import { Letters } from './letters';
import { Proof } from './proof';
import { is_over } from './states';

const stamp_pause_ms = 3_000;

export function DeliveryPage({ parameters }: { parameters: Parameters }) {
  const id = parameters.id!;
  const { value, error, reload } = useResource<Delivery>((signal) => get(`/v1/deliveries/${encodeURIComponent(id)}`, { signal }), [id]);
  const [erasing, set_erasing] = useState(false);
  useEffect(() => subscribe((events) => value.peek() && events.some((event) => concerns(value.peek()!, event)) && reload()), [id, reload]);
  const found = value.value;
  useEffect(() => {
    // Time stamps arrive without an event of their own: what waits for one is read again, gently, while somebody looks.
    if (!found || !is_unfinished(found)) return;
    const timer = setInterval(() => (document.visibilityState === 'visible' ? reload() : undefined), stamp_pause_ms);
    return () => clearInterval(timer);
  }, [found, reload]);
  const may_erase = found !== undefined && !found.erased && is_over(found.state) && may('deliveries.erase');
  useActions(
    () => [
      ...(found?.kind === 'registered' ? [{ id: 'package', name: t('delivery.package'), group: 'group.actions' as const, keys: 'p', run: () => document.getElementById('package')?.click() }] : []),
      ...(may_erase ? [{ id: 'erase', name: t('erase.title'), group: 'group.actions' as const, run: () => set_erasing(true) }] : []),
    ],
    [found?.kind, may_erase],
  );
  const back = { to: '/deliveries', name: t('area.deliveries') };
  if (!found)
    return (
      <>
        <Head title={t('delivery.title')} back={back} />
        {error.value ? <Failed text={error.value} retry={reload} /> : <Loading rows={5} />}
      </>
    );
  return (
    <>
      <Head title={found.subject ?? t('delivery.erased_subject')} back={back} below={<Standing found={found} />}>
        {may_erase && (
          <button type="button" class="button danger" onClick={() => set_erasing(true)}>
            <Eraser size={16} /> {t('erase.open')}
          </button>
        )}
        {found.kind === 'registered' && (
          <a id="package" class="button primary" href={`/v1/deliveries/${found.id}/package`} download="">
            <Download size={16} /> {t('delivery.package')}
          </a>
        )}
      </Head>
      {error.value && <Note tone="warning">{error.value}</Note>}
      <div class="detail">
        <div class="stack">
          <Trouble delivery={found} />
          {found.kind === 'registered' ? <EvidenceLine delivery={found} /> : <Note>{t('delivery.plain_text')}</Note>}
          <Content delivery={found} />
        </div>
        <div class="stack">
          <Facts delivery={found} />
          {found.kind === 'registered' && <Delegates delivery={found} />}
          {found.kind === 'registered' && <Proof delivery={found} />}
          <Letters delivery={found} on_change={reload} />
          <Files delivery={found} />
        </div>
      </div>
      {erasing && <EraseDialog delivery={found} on_close={() => set_erasing(false)} on_done={reload} />}
    </>
  );
}

function Standing({ found }: { found: Delivery }) {
  return (
    <div class="row" aria-live="polite">
      <Ladder kind={found.kind} state={found.state} />
      <StateTag kind={found.kind} state={found.state} />
      {found.kind === 'registered' && !found.qualified && (
        <span class="tag quiet" title={t('delivery.non_qualified_text')}>
          {t('delivery.non_qualified')}
        </span>
      )}
      {found.erased && <span class="tag warning">{t('delivery.erased')}</span>}
    </div>
  );
}

function Facts({ delivery }: { delivery: Delivery }) {
  const { recipient } = delivery;
  return (
    <section class="card" aria-label={t('delivery.facts')}>
      <dl class="facts">
        <dt>{t('delivery.recipient')}</dt>
        <dd>
          {may('customers.read') ? <a href={`${base}/customers/${recipient.customer}`}><bdi>{recipient.name || recipient.email}</bdi></a> : <bdi>{recipient.name}</bdi>}
          {recipient.name && <div class="muted small"><bdi class="ltr">{recipient.email}</bdi></div>}
        </dd>
        <dt>{t('delivery.kind')}</dt>
        <dd>{t(`kind.${delivery.kind}`)}</dd>
        {delivery.kind === 'registered' && (
          <>
            <dt>{t('delivery.assurance')}</dt>
            <dd>{t(`assurance.${delivery.assurance}`)}</dd>
          </>
        )}
        <dt>{t('delivery.language')}</dt>
        <dd>{locales[delivery.locale]?.name ?? delivery.locale}</dd>
        <dt>{t('delivery.submitted')}</dt>
        <dd><Moment at={delivery.submitted_at} exact /></dd>
        {delivery.accept_until && (
          <>
            <dt>{t('delivery.accept_until')}</dt>
            <dd><Moment at={delivery.accept_until} exact /></dd>
          </>
        )}
        {delivery.reference && (
          <>
            <dt>{t('delivery.reference')}</dt>
            <dd><bdi>{delivery.reference}</bdi></dd>
          </>
        )}
        <dt>{t('delivery.identifier')}</dt>
        <dd class="row">
          <code>{delivery.id}</code> <CopyButton text={delivery.id} />
        </dd>
      </dl>
    </section>
  );
}

function Content({ delivery }: { delivery: Delivery }) {
  if (delivery.erased) return <Note tone="warning">{t('delivery.erased_text')}</Note>;
  if (delivery.text === undefined) return null;
  return (
    <section class="card" aria-labelledby="content-title">
      <header>
        <h2 id="content-title">{t('delivery.content')}</h2>
      </header>
      <p class="pre prose" dir="auto" lang={delivery.locale}>
        {delivery.text}
      </p>
    </section>
  );
}
