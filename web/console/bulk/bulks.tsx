// Bulk jobs: files of rows, each of which becomes a notice; how far each has come.
import Layers from 'icon:layers';
import Plus from 'icon:plus';
import type { Bulk } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { format_number } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { kind_name } from '../notices/words';
import { useKinds } from '../notices/notices';
import { usePaged } from '../paged';
import { base, go } from '../router';
import { may } from '../session';
import { useActions } from '../shell/actions';
import { AreaFrame } from '../shell/area_frame';
import { Listing } from '../shell/listing';

const tones: Record<Bulk['state'], string> = { receiving: 'quiet', uploaded: 'warning', checking: '', checked: 'warning', running: '', paused: 'warning', done: 'assured', cancelled: 'quiet' };

export function BulkTag({ one }: { one: Bulk }) {
  if (one.trouble) return <span class={`tag ${one.trouble.stopped ? 'breach' : 'warning'}`}>{t(one.trouble.stopped ? 'bulk.stopped' : 'bulk.stuck')}</span>;
  return <span class={`tag ${tones[one.state]}`}>{t(`bulk.${one.state}`)}</span>;
}

export function Bulks() {
  const kinds = useKinds().value.value?.items;
  const list = usePaged<Bulk>('/v1/bulk', {}, (event) => event.kind.startsWith('bulk.'));
  const sends = may('deliveries.send');
  useActions(() => (sends ? [{ id: 'new-bulk', name: t('bulk.new'), group: 'group.actions', keys: 'n', run: () => go('/notices/bulk/new') }] : []), [sends]);
  const upload = sends && (
    <a class="button primary" href={`${base}/notices/bulk/new`}>
      <Plus size={16} /> {t('bulk.new')}
    </a>
  );
  return (
    <AreaFrame title={t('bulk.title')} action={upload}>
      <Listing
        list={list}
        empty={
          <Empty icon={Layers} title={t('bulk.none')}>
            <p>{t('bulk.none_text')}</p>
            {upload}
          </Empty>
        }
      >
        {(items) => (
          <ul class="list-frame rows" aria-label={t('bulk.title')}>
            {items.map((one) => (
              <li key={one.id}>
                <a class="notice-row" data-row href={`${base}/notices/bulk/${one.id}`}>
                  <span class="letter-what">
                    <span class="delivery-subject one-line"><bdi>{one.name || one.id}</bdi></span>
                    <span class="muted small one-line">
                      {kind_name(kinds?.find((kind) => kind.name === one.kind), one.kind)} · {t('bulk.rows_of', { count: one.rows })}
                      {one.counts.failed > 0 && <> · {t('bulk.failed_of', { count: one.counts.failed })}</>}
                    </span>
                    {(one.state === 'running' || one.state === 'paused') && (
                      <progress max={Math.max(1, one.progress.rows)} value={one.progress.processed} aria-label={t('bulk.progress', { done: format_number(one.progress.processed, locale.value), rows: format_number(one.progress.rows, locale.value) })} />
                    )}
                  </span>
                  <BulkTag one={one} />
                  <span class="small muted notice-when"><Moment at={one.changed_at} /></span>
                </a>
              </li>
            ))}
          </ul>
        )}
      </Listing>
    </AreaFrame>
  );
}
