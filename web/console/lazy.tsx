// A page that is fetched when it is first opened; without a connection it says so and can be tried again.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Failed, Loading } from '../ui/blank';
import { t } from '../ui/text';
import type { Parameters } from './router';

type PageType = ComponentType<{ parameters: Parameters }>;

export function lazy(load: () => Promise<{ default: PageType }>): PageType {
  let loaded: PageType | undefined;
  return function LazyPage({ parameters }: { parameters: Parameters }) {
    const [, set_done] = useState(0);
    const [failed, set_failed] = useState(false);
    const ask = () => {
      set_failed(false);
      load().then(
        (found) => {
          loaded = found.default;
          set_done(1);
        },
        () => set_failed(true),
      );
    };
    useEffect(() => {
      if (!loaded) ask();
    }, []);
    const Found = loaded;
    if (Found) return <Found parameters={parameters} />;
    return failed ? <Failed text={t('problem.no_connection')} retry={ask} /> : <Loading rows={6} />;
  };
}
