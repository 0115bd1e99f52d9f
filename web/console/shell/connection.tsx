// Says when the connection to the server is lost (after a moment: a blink is not worth a word), and that nothing typed is lost.
import { useEffect, useState } from 'preact/hooks';
import Unplugged from 'icon:unplug';
import { t } from '../../ui/text';
import { connection } from '../live';

const patience_ms = 1_500;

export function Connection() {
  const lost = connection.value === 'lost';
  const [shown, set_shown] = useState(false);
  useEffect(() => {
    if (!lost) return set_shown(false);
    const timer = setTimeout(() => set_shown(true), patience_ms);
    return () => clearTimeout(timer);
  }, [lost]);
  return (
    <div role="status" aria-live="polite">
      {shown && (
        <div class="banner">
          <Unplugged size={16} />
          <span>{t('connection.lost')}</span>
        </div>
      )}
    </div>
  );
}
