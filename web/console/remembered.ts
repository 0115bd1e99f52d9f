// What survives a reload in this tab or browser: positions in lists, drafts. Storage may be full or switched off: then it does not.
type Where = 'tab' | 'browser';
const store = (where: Where): Storage => (where === 'tab' ? sessionStorage : localStorage);

export function remember(name: string, value: unknown, where: Where = 'tab'): void {
  try {
    store(where).setItem(`rapport.${name}`, JSON.stringify(value));
  } catch {
    // Nothing depends on it.
  }
}

export function recall<T>(name: string, where: Where = 'tab'): T | undefined {
  try {
    const text = store(where).getItem(`rapport.${name}`);
    return text ? (JSON.parse(text) as T) : undefined;
  } catch {
    return undefined;
  }
}

export function forget(name: string, where: Where = 'tab'): void {
  try {
    store(where).removeItem(`rapport.${name}`);
  } catch {
    // Nothing depends on it.
  }
}
