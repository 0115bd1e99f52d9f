// An address that names no page.
import Compass from 'icon:compass';
import { Empty } from '../../ui/blank';
import { t } from '../../ui/text';
import { base } from '../router';
import { Head } from './page';

export function NotFound() {
  return (
    <>
      <Head title={t('not_found.title')} />
      <Empty icon={Compass} title={t('not_found.nothing')}>
        <p>{t('not_found.text')}</p>
        <a class="button" href={`${base}/deliveries`}>
          {t('not_found.go')}
        </a>
      </Empty>
    </>
  );
}
