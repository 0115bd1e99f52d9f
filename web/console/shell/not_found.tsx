// An address that names no page.
import Compass from 'icon:compass';
import { Empty } from '../../ui/blank';
import { t } from '../../ui/text';
import { base } from '../router';

export function NotFound() {
  return (
    <Empty icon={Compass} title={t('not_found.title')}>
      <p>{t('not_found.text')}</p>
      <a class="button" href={`${base}/deliveries`}>
        {t('not_found.go')}
      </a>
    </Empty>
  );
}
