// The command palette: every action by name, and a jump to any conversation, delivery or customer by words, number or identifier.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { get } from '../../sdk/client';
import type { SearchItem } from '../../sdk/conversations';
import type { DeliverySummary, Page } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { t } from '../../ui/text';
import { go } from '../router';
import { may } from '../session';
import { all_actions, palette_open, type Action } from './actions';
import { Keys } from './keys';

// One search for everything that the viewer may see; a number (#1042) leads to its conversation.
async function find(text: string, signal: AbortSignal): Promise<Action[]> {
  if (!may('conversations.read') && !may('deliveries.read') && !may('customers.read')) return [];
  const [found, deliveries] = await Promise.all([
    get<{ items: SearchItem[] }>('/v1/search', { query: { q: text, limit: 5 }, signal }).then((page) => page.items, () => []),
    may('deliveries.read') && /^dlv_/.test(text) ? get<Page<DeliverySummary>>('/v1/deliveries', { query: { q: text, limit: 1 }, signal }) : undefined,
  ]);
  return [
    ...(deliveries?.items ?? []).map((one): Action => ({ id: one.id, name: `${one.subject ?? t('delivery.erased_subject')} · ${one.recipient.name || one.recipient.email}`, group: 'area.deliveries', run: () => go(`/deliveries/${one.id}`) })),
    ...found.map(action_of),
  ];
}

function action_of(one: SearchItem): Action {
  const words = [one.title.text, one.who.text].filter(Boolean).join(' · ');
  if (one.kind === 'delivery') return { id: one.id, name: words, group: 'area.deliveries', run: () => go(`/deliveries/${one.id}`) };
  if (one.kind === 'customer') return { id: one.id, name: [one.title.text, one.text.text].filter(Boolean).join(' · '), group: 'area.customers', run: () => go(`/customers/${one.id}`) };
  return { id: one.id, name: `#${one.number} ${words || t('inbox.no_subject')}`, group: 'area.inbox', run: () => go(`/inbox/${one.id}`) };
}

export function Palette() {
  const [text, set_text] = useState('');
  const [at, set_at] = useState(0);
  const [found, set_found] = useState<Action[]>([]);
  const actions = useMemo(all_actions, []);
  useEffect(() => {
    set_found([]);
    if (text.trim().length < 2) return;
    const stop = new AbortController();
    const timer = setTimeout(() => void find(text.trim(), stop.signal).then(set_found, () => undefined), 120);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);

  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = [...actions.filter((action) => words.every((word) => action.name.toLowerCase().includes(word))), ...found];
  const chosen = Math.min(at, shown.length - 1);
  const close = () => (palette_open.value = false);
  const run = (action: Action | undefined) => {
    if (!action) return;
    close();
    action.run();
  };
  const on_key = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step) {
      event.preventDefault();
      set_at((chosen + step + shown.length) % Math.max(1, shown.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(shown[chosen]);
    }
  };
  useEffect(() => {
    document.getElementById(`palette-${chosen}`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);

  return (
    <Dialog title={t('palette.title')} on_close={close} wide>
      <input
        class="input"
        role="combobox"
        aria-label={t('palette.search')}
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={chosen >= 0 ? `palette-${chosen}` : undefined}
        placeholder={t('palette.search')}
        autocomplete="off"
        autoFocus
        value={text}
        onInput={(event) => {
          set_text(event.currentTarget.value);
          set_at(0);
        }}
        onKeyDown={on_key}
      />
      <div class="palette" id="palette-list" role="listbox" aria-label={t('palette.title')}>
        {shown.map((action, index) => (
          <div key={action.id} id={`palette-${index}`} role="option" aria-selected={index === chosen} onClick={() => run(action)} onMouseMove={() => set_at(index)}>
            <span class="muted small">{t(action.group)}</span>
            <span class="grow one-line">{action.name}</span>
            {action.keys && <Keys keys={action.keys} />}
          </div>
        ))}
      </div>
      {shown.length === 0 && <p class="muted" role="status">{t('palette.nothing')}</p>}
    </Dialog>
  );
}
