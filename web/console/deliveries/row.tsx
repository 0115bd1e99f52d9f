// One delivery in a list.
import Erased from 'icon:eraser';
import type { DeliverySummary } from '../../sdk/types';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { base } from '../router';
import { Ladder, StateTag } from './ladder';
import { is_waiting } from './states';

export function DeliveryRow({ item }: { item: DeliverySummary }) {
  return (
    <a class="delivery-row" data-row href={`${base}/deliveries/${item.id}`}>
      <Ladder kind={item.kind} state={item.state} />
      <span class="delivery-what">
        <span class="delivery-subject one-line">
          {item.subject !== undefined ? <bdi>{item.subject}</bdi> : (
            <span class="muted">
              <Erased size={14} class="inline" /> {t('delivery.erased_subject')}
            </span>
          )}
        </span>
        <span class="muted small one-line">
          <bdi>{item.recipient.name || item.recipient.email}</bdi>
          {item.recipient.name && (
            <>
              {' · '}
              <bdi class="ltr">{item.recipient.email}</bdi>
            </>
          )}
        </span>
      </span>
      <span class="delivery-state">
        <StateTag kind={item.kind} state={item.state} />
      </span>
      <span class="delivery-when small muted">
        {is_waiting(item.state) && item.accept_until ? (
          <span class="one-line">
            {t('deliveries.until')} <Moment at={item.accept_until} />
          </span>
        ) : null}
        <Moment at={item.changed_at} />
      </span>
    </a>
  );
}
