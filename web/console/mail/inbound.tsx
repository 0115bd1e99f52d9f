// Mails that arrived, and what they turned out to be; the octets of each can be looked at.
import Download from 'icon:download';
import MailOpen from 'icon:mail-open';
import type { InboundItem } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { format_size } from '../../ui/format';
import { is_key, locale, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { usePaged } from '../paged';
import { may } from '../session';
import { AreaFrame } from '../shell/area_frame';
import { FilterMenu, filter_of } from '../shell/filters';
import { Listing } from '../shell/listing';

const kinds = ['bounce', 'complaint', 'auto_reply', 'challenge', 'delay', 'delivered', 'unsubscribe', 'conversation', 'forged', 'unread', 'other'] as const;

export function Inbound() {
  const kind = filter_of('kind');
  const list = usePaged<InboundItem>('/v1/inbound', { kind }, (event) => event.kind.startsWith('bounce.') || event.kind.startsWith('inbound.'));
  return (
    <AreaFrame
      title={t('inbound.title')}
      action={
        <button type="button" class="button" onClick={() => void list.load()}>
          {t('action.reload')}
        </button>
      }
      filters={
        <div class="filters">
          <FilterMenu name="kind" label={t('inbound.kind')} all={t('inbound.all')} options={kinds.map((one) => ({ value: one, label: t(`inbound.${one}`) }))} />
        </div>
      }
    >
      <Listing
        list={list}
        empty={
          <Empty icon={MailOpen} title={t('inbound.none')}>
            <p>{t('inbound.none_text')}</p>
          </Empty>
        }
      >
        {(items) => (
          <ul class="list-frame rows" aria-label={t('inbound.title')}>
            {items.map((one) => (
              <Line key={one.id} one={one} />
            ))}
          </ul>
        )}
      </Listing>
    </AreaFrame>
  );
}

function Line({ one }: { one: InboundItem }) {
  const kind = `inbound.${one.kind}`;
  // Who wrote to which mailbox is told to whom conversations are shown; so is the mail.
  const hidden = one.kind === 'conversation' && !may('conversations.read');
  return (
    <li class="letter-row">
      <span class={`tag ${one.state === 'unread' ? 'warning' : 'quiet'}`}>{t(`inbound.state_${one.state}`)}</span>
      <span class="letter-what">
        <span class="one-line">
          <strong>{one.kind ? (is_key(kind) ? t(kind) : one.kind) : t('inbound.other')}</strong> {!hidden && <bdi class="ltr">{one.sender || '<>'}</bdi>}
        </span>
        <span class="small muted">
          {!hidden && (
            <>
              {t('preview.to')} <bdi class="ltr">{one.recipient}</bdi> ·{' '}
            </>
          )}
          {format_size(one.size, locale.value)} · <Moment at={one.received_at} /> · <bdi class="ltr">{one.peer}</bdi>
        </span>
        {one.summary && <span class="small muted" dir="auto">{one.summary}</span>}
      </span>
      {may('deliveries.read') && !hidden && (
        <a class="button small" href={`/v1/inbound/${one.id}/raw`} download={`${one.id}.eml`}>
          <Download size={14} /> {t('inbound.raw')}
        </a>
      )}
    </li>
  );
}
