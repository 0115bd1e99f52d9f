// Whether the screen is narrow: for sizes that JavaScript has to know.
import { signal } from '@preact/signals';

const query = typeof matchMedia === 'undefined' ? undefined : matchMedia('(max-width: 720px)');
const narrow = signal(query?.matches ?? false);
query?.addEventListener('change', (event) => (narrow.value = event.matches));

export function useNarrow(): boolean {
  return narrow.value;
}
