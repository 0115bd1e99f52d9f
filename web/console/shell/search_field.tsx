// A search field whose text lives in the address (?q=).
import { useEffect, useState } from 'preact/hooks';
import Search from 'icon:search';
import { t } from '../../ui/text';
import { place, set_query } from '../router';
import { useActions } from './actions';

export function SearchField({ label }: { label: string }) {
  const [text, set_text] = useState(place.value.query.get('q') ?? '');
  useEffect(() => {
    if (text.trim() === (place.value.query.get('q') ?? '')) return;
    const timer = setTimeout(() => set_query({ q: text.trim() || undefined }), 250);
    return () => clearTimeout(timer);
  }, [text]);
  useActions(() => [{ id: 'search', name: t('action.search'), group: 'group.actions', keys: '/', run: () => document.getElementById('search')?.focus() }], []);
  return (
    <div class="search-field">
      <Search size={16} />
      <input id="search" class="input" type="search" dir="auto" aria-label={label} placeholder={label} value={text} onInput={(event) => set_text(event.currentTarget.value)} />
    </div>
  );
}
