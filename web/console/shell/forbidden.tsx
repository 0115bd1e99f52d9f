// A page that the viewer's role does not open.
import Lock from 'icon:lock';
import { Empty } from '../../ui/blank';
import { t } from '../../ui/text';
import { permission_name } from '../permissions';
import type { Permission } from '../session';
import { Head } from './page';

export function Forbidden({ permission }: { permission: Permission }) {
  return (
    <>
      <Head title={t('forbidden.title')} />
      <Empty icon={Lock} title={t('problem.forbidden')}>
        <p>{t('forbidden.text', { permission: permission_name(permission) })}</p>
      </Empty>
    </>
  );
}
