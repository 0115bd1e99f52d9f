// What every page of the knowledge base needs: its settings, categories, products, and the names of people. Read once, and again when an event says so.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get } from '../../sdk/client';
import type { Assignee } from '../../sdk/conversations';
import type { Category, KnowledgeSettings, Product, Words } from '../../sdk/knowledge';
import type { Locale, Page } from '../../sdk/types';
import { locale, t } from '../../ui/text';
import { generation, subscribe } from '../live';
import { words_for } from '../problems';
import { agent } from '../session';
import { flat, path_to } from './tree';

export interface Basics {
  settings: KnowledgeSettings;
  products: Product[];
  categories: Category[];
  people: Assignee[];
}
export const basics = signal<Basics | undefined>(undefined);
export const basics_failure = signal<string | undefined>(undefined);

export async function load_basics(): Promise<void> {
  try {
    const [settings, products, categories, people] = await Promise.all([
      get<KnowledgeSettings>('/v1/knowledge/settings'),
      get<Page<Product>>('/v1/knowledge/products'),
      all_categories(),
      get<Page<Assignee>>('/v1/assignees').catch(() => ({ items: [] })),
    ]);
    basics.value = { settings, products: [...products.items].sort((a, b) => a.position - b.position), categories, people: people.items };
    basics_failure.value = undefined;
  } catch (error) {
    basics_failure.value = words_for(error);
  }
}

async function all_categories(): Promise<Category[]> {
  const found: Category[] = [];
  for (let after: string | undefined; ; ) {
    const page = await get<Page<Category>>('/v1/knowledge/categories', { query: { after } });
    found.push(...page.items);
    if (!page.next) return found;
    after = page.next;
  }
}

export function useBasics(): Basics | undefined {
  useEffect(() => {
    void load_basics();
    const from_events = subscribe((events) => events.some((event) => event.kind.startsWith('help_') || event.kind.startsWith('help.')) && void load_basics());
    let first = generation.peek();
    const from_reconnect = generation.subscribe((now) => {
      if (now !== first) {
        first = now;
        void load_basics();
      }
    });
    return () => {
      from_events();
      from_reconnect();
    };
  }, []);
  return basics.value;
}

// In the viewer's language, or the first that there is.
export function word_of(words: Words): string {
  const main = basics.value?.settings.locales[0] ?? 'en';
  return words[locale.value] || words[main] || Object.values(words).find(Boolean) || '';
}
export const main_locales = (): Locale[] => basics.value?.settings.locales ?? ['en'];

export function person(id: string | undefined): string {
  if (!id) return '';
  if (id.startsWith('key_')) return t('knowledge.by_key');
  return basics.value?.people.find((one) => one.id === id)?.name ?? (id === agent.value?.id ? agent.value.name : id);
}

export const category_path = (id: string | undefined): string => path_to(basics.value?.categories ?? [], id).map((one) => word_of(one.name)).join(' › ');
export const category_options = (without?: Set<string>): { value: string; label: string }[] =>
  flat(basics.value?.categories ?? []).filter(({ category }) => !category.retired && !without?.has(category.id)).map(({ category, depth }) => ({ value: category.id, label: `${'\u2003'.repeat(depth)}${word_of(category.name)}` }));
export const product_options = (): { value: string; label: string }[] => (basics.value?.products ?? []).filter((one) => !one.retired).map((one) => ({ value: one.id, label: word_of(one.name) }));
export const person_options = (): { value: string; label: string }[] => (basics.value?.people ?? []).map((one) => ({ value: one.id, label: one.name }));
