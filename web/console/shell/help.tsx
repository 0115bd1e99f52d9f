// All keyboard shortcuts, from the same table that the keys act on.
import { Dialog } from '../../ui/dialog';
import { t } from '../../ui/text';
import { all_actions, help_open } from './actions';
import { Keys } from './keys';

export function Help() {
  const rows = [
    ...all_actions()
      .filter((action) => action.keys)
      .map((action) => ({ name: action.name, keys: action.keys! })),
    { name: t('help.next'), keys: 'j' },
    { name: t('help.previous'), keys: 'k' },
    { name: t('help.open'), keys: 'Enter' },
    { name: t('help.close'), keys: 'Esc' },
  ];
  return (
    <Dialog title={t('help.title')} on_close={() => (help_open.value = false)}>
      <dl class="shortcuts">
        {rows.map((row) => (
          <div key={row.keys}>
            <dt>{row.name}</dt>
            <dd>
              <Keys keys={row.keys} />
            </dd>
          </div>
        ))}
      </dl>
      <footer>
        <button type="button" class="button" onClick={() => (help_open.value = false)}>
          {t('action.close')}
        </button>
      </footer>
    </Dialog>
  );
}
