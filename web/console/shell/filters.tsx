// Filters of a list, whose values live in the address.
import type { Option } from '../../ui/field';
import { t } from '../../ui/text';
import { place, set_query } from '../router';

export const filter_of = (name: string): string | undefined => place.value.query.get(name) ?? undefined;

interface FilterProps {
  name: string;  // in the address
  label: string;
  all: string;
  options: Option[];
}

export function FilterMenu({ name, label, all, options }: FilterProps) {
  const chosen = filter_of(name) ?? '';
  return (
    <select class="input" aria-label={label} value={chosen} onChange={(event) => set_query({ [name]: event.currentTarget.value || undefined })}>
      <option value="">{all}</option>
      {options.map((option) => (
        <option key={option.value} value={option.value} selected={option.value === chosen}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

// Few values beside each other.
export function FilterChips({ name, label, all, options }: FilterProps) {
  const chosen = filter_of(name);
  return (
    <div class="row chips" role="group" aria-label={label}>
      {[{ value: '', label: all }, ...options].map((option) => (
        <button key={option.value} type="button" class="chip" aria-pressed={(chosen ?? '') === option.value} onClick={() => set_query({ [name]: option.value || undefined })}>
          {option.label}
        </button>
      ))}
    </div>
  );
}

export function ClearFilters({ names }: { names: string[] }) {
  return (
    <button type="button" class="button" onClick={() => set_query(Object.fromEntries(names.map((name) => [name, undefined])))}>
      {t('deliveries.clear')}
    </button>
  );
}
