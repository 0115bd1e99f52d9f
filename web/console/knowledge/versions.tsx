// The versions of a text that readers have seen: compared with each other or with the draft, and taken back as a draft.
import { useState } from 'preact/hooks';
import History from 'icon:history';
import type { Comparison, TextVersion } from '../../sdk/knowledge';
import type { Page } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { SelectField } from '../../ui/field';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { say } from '../../ui/toast';
import { useResource } from '../resource';
import { act } from '../sending';
import { Loaded } from '../shell/listing';
import { Sure } from '../shell/sure';
import * as api from './api';
import { person } from './basics';
import { ComparedTexts } from './comparison';
import { words_of, type Writing } from './writing';

interface VersionsProps {
  writing: Writing;
  readonly: boolean;
  on_restored: () => void;
}

export function Versions({ writing, readonly, on_restored }: VersionsProps) {
  const { article, locale, number, version } = writing.server.value;
  const list = useResource<Page<TextVersion>>((signal) => api.versions(article, locale, signal), [article, locale, number]);
  const [pair, choose] = useState<{ from: number; to: number }>();
  const restore = async (one: TextVersion) => {
    await act(async () => {
      const before = writing.words.peek();
      const old = await api.version(article, locale, one.number);
      writing.set({ title: old.title, summary: old.summary, body: old.body });
      await writing.save();
      say(t('versions.restored', { number: one.number }), 'good', { name: t('versions.undo'), run: () => { writing.set(words_of(before)); void writing.save(); } });
      on_restored();
    });
  };
  if (!version) return <Empty icon={History} title={t('versions.none')}><p>{t('versions.none_text')}</p></Empty>;
  return (
    <Loaded from={list} rows={3}>
      {({ items }) => {
        if (!items.length) return <Empty icon={History} title={t('versions.none')}><p>{t('versions.none_text')}</p></Empty>;
        const chosen = pair ?? usual(items, writing.server.value.state);
        return (
          <div class="stack">
            <ul class="card lines">
              {items.map((one) => (
                <li key={one.number} class="row apart">
                  <span class="grow">
                    <strong>{t('versions.number', { number: one.number })}</strong> <bdi>{one.title}</bdi> {one.number === number && <span class="tag assured">{t('versions.current')}</span>}
                    <span class="small muted block"><Moment at={one.published_at} /> · <bdi>{person(one.published_by)}</bdi>{one.approved_by && <> · {t('versions.approved_by')} <bdi>{person(one.approved_by)}</bdi></>} · {t('knowledge.words', { count: one.words })}</span>
                  </span>
                  {!readonly && <Sure label={t('versions.restore')} sure={t('versions.restore_sure')} on_sure={() => void restore(one)} />}
                </li>
              ))}
            </ul>
            <Compare key={version} items={items} writing={writing} pair={chosen} on_choose={choose} />
          </div>
        );
      }}
    </Loaded>
  );
}

// The draft against what readers see; without changes, the newest against the one before.
function usual(items: TextVersion[], state: string): { from: number; to: number } {
  const newest = items[0]!.number;
  return state === 'published' && items[1] ? { from: items[1].number, to: newest } : { from: newest, to: 0 };
}

function Compare({ items, writing, pair, on_choose }: { items: TextVersion[]; writing: Writing; pair: { from: number; to: number }; on_choose: (pair: { from: number; to: number }) => void }) {
  const { article, locale } = writing.server.value;
  const found = useResource<Comparison>(async (signal) => {
    await writing.save();
    return api.compare(article, locale, pair.from, pair.to, signal);
  }, [article, locale, pair.from, pair.to]);
  const name = (number: number) => (number ? t('versions.number', { number }) : t('versions.draft'));
  const numbers = items.map((one) => ({ value: `${one.number}`, label: name(one.number) }));
  return (
    <section class="stack tight" aria-label={t('compare.title')}>
      <div class="columns">
        <SelectField id="compare-from" label={t('compare.from')} value={`${pair.from}`} options={numbers} on_change={(from) => on_choose({ ...pair, from: Number(from) })} />
        <SelectField id="compare-to" label={t('compare.to')} value={`${pair.to}`} options={[{ value: '0', label: name(0) }, ...numbers]} on_change={(to) => on_choose({ ...pair, to: Number(to) })} />
      </div>
      <Loaded from={found}>{(compared) => <ComparedTexts compared={compared} language={locale} before={name(pair.from)} after={name(pair.to)} />}</Loaded>
    </section>
  );
}
