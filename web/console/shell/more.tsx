// The end of a list that has more.
import Loader from 'icon:loader-circle';
import { t } from '../../ui/text';
import type { Paged } from '../paged';

export function More<T>({ list }: { list: Paged<T> }) {
  if (!list.next.value) return null;
  return (
    <div class="more">
      <button type="button" class="button" disabled={list.loading_more.value} onClick={() => void list.more()}>
        {list.loading_more.value && <Loader size={16} class="spin" />} {t('action.more')}
      </button>
    </div>
  );
}
