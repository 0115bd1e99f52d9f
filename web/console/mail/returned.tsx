// Letters that came back, and what that means: an address that does not exist is another thing than a full mailbox.
import Undo from 'icon:undo-2';
import type { Bounce } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { usePaged } from '../paged';
import { AreaFrame } from '../shell/area_frame';
import { filter_of } from '../shell/filters';
import { Listing } from '../shell/listing';
import { SearchField } from '../shell/search_field';

const tones: Record<Bounce['what'], string> = { hard: 'breach', complaint: 'breach', block: 'warning', soft: 'warning', delayed: 'quiet', challenge: 'quiet', auto_reply: 'quiet', delivered: 'assured', unknown: 'quiet' };

export function Returned() {
  const address = filter_of('q');
  const list = usePaged<Bounce>('/v1/bounces', { address }, (event) => event.kind.startsWith('bounce.'));
  return (
    <AreaFrame
      title={t('returned.title')}
      filters={
        <div class="filters" role="search">
          <SearchField label={t('returned.search')} />
        </div>
      }
    >
      <Listing
        list={list}
        empty={
          <Empty icon={Undo} title={address ? t('returned.none_found') : t('returned.none')}>
            <p>{address ? t('returned.whole_address') : t('returned.none_text')}</p>
          </Empty>
        }
      >
        {(items) => (
          <ul class="list-frame rows" aria-label={t('returned.title')}>
            {items.map((one) => (
              <li key={one.id} class="letter-row">
                <span class={`tag ${tones[one.what]}`}>{t(`returned.${one.what}`)}</span>
                <span class="letter-what">
                  <strong class="one-line"><bdi class="ltr">{one.address}</bdi></strong>
                  <span class="small muted">
                    <Moment at={one.at} />
                    {one.reporter && (
                      <>
                        {' · '}
                        {t('returned.by')} <bdi class="ltr">{one.reporter}</bdi>
                      </>
                    )}
                    {one.told && <> · {t('returned.told')}</>}
                  </span>
                  {(one.status || one.diagnostic) && <code class="small muted">{[one.status, one.diagnostic].filter(Boolean).join(' ')}</code>}
                </span>
              </li>
            ))}
          </ul>
        )}
      </Listing>
    </AreaFrame>
  );
}
