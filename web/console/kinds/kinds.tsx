// Kinds of notices: those that came with the program, and one's own.
import Plus from 'icon:plus';
import Shapes from 'icon:shapes';
import { Empty } from '../../ui/blank';
import { t } from '../../ui/text';
import { useKinds } from '../notices/notices';
import { kind_name } from '../notices/words';
import { base, go } from '../router';
import { may } from '../session';
import { useActions } from '../shell/actions';
import { AreaFrame } from '../shell/area_frame';
import { Loaded } from '../shell/listing';

export function Kinds() {
  const kinds = useKinds();
  const writes = may('templates.write');
  useActions(() => (writes ? [{ id: 'new-kind', name: t('kinds.new'), group: 'group.actions', keys: 'n', run: () => go('/notices/kinds/new') }] : []), [writes]);
  return (
    <AreaFrame
      title={t('kinds.title')}
      action={
        writes && (
          <a class="button primary" href={`${base}/notices/kinds/new`}>
            <Plus size={16} /> {t('kinds.new')}
          </a>
        )
      }
    >
      <Loaded from={kinds} rows={8}>
        {({ items }) =>
          !items.length ? (
            <Empty icon={Shapes} title={t('kinds.none')} />
          ) : (
            <ul class="list-frame rows" aria-label={t('kinds.title')}>
              {items.map((one) => (
                <li key={one.id}>
                  <a class="notice-row" data-row href={`${base}/notices/kinds/${one.name}`}>
                    <span class="letter-what">
                      <span class="delivery-subject one-line">{kind_name(one, one.name)}</span>
                      <span class="muted small one-line">
                        <bdi class="ltr">{one.name}</bdi> · {t(`class.${one.class}`)} · {t(`kind.${one.delivery}`)}
                        {one.answers && <> · {t('kinds.answers')}</>}
                      </span>
                    </span>
                    <span class={`tag ${one.retired ? 'warning' : 'quiet'}`}>{t(one.retired ? 'kinds.retired' : one.stock ? 'kinds.stock' : 'kinds.own')}</span>
                  </a>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </AreaFrame>
  );
}
