// Mentions: the view of notes that name the viewer, and names offered while a note is written.
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { RefObject } from 'preact';
import AtSign from 'icon:at-sign';
import { get, post, put } from '../../sdk/client';
import type { Assignee } from '../../sdk/conversations';
import type { Mention, MentionPage } from '../../sdk/desk';
import { Empty, Failed, Loading } from '../../ui/blank';
import { Check } from '../../ui/field';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { say } from '../../ui/toast';
import { desk } from '../inbox/desk';
import { insert_words } from '../inbox/editor';
import { generation, subscribe } from '../live';
import { words_for } from '../problems';
import { useResource } from '../resource';
import { base } from '../router';
import { act } from '../sending';
import { agent } from '../session';

const most = 100;
const told = signal<MentionPage | undefined>(undefined);
const failure = signal<string | undefined>(undefined);
export const unread_mentions = (): number => told.value?.unread ?? 0;

async function load(): Promise<void> {
  failure.value = undefined;
  try {
    told.value = await get<MentionPage>('/v1/mentions', { query: { limit: most } });
  } catch (error) {
    failure.value = words_for(error);
  }
}

// Told at once, whatever of the inbox is shown.
export function useMentions(): void {
  useEffect(() => {
    void load();
    const from_events = subscribe((events) => {
      const mine = events.filter((event) => event.kind.startsWith('mention.') && event.data.agent === agent.peek()?.id);
      if (!mine.length) return;
      if (mine.some((event) => event.kind === 'mention.made')) say(t('mentions.told'));
      void load();
    });
    let first = generation.peek();
    const from_reconnect = generation.subscribe((now) => {
      if (now !== first) {
        first = now;
        void load();
      }
    });
    return () => {
      from_events();
      from_reconnect();
    };
  }, []);
}

// Whoever opens the conversation has read them.
export function useMentionsRead(conversation: string): void {
  const waiting = told.value?.items.some((one) => one.conversation === conversation && !one.read) ?? false;
  useEffect(() => {
    if (waiting) void post('/v1/mentions/read', { conversation }).then(load, () => undefined);
  }, [conversation, waiting]);
}

export function MentionsList({ current }: { current: string | undefined }) {
  return (
    <>
      <ByMail />
      <Told current={current} />
    </>
  );
}

function ByMail() {
  const wishes = useResource<{ mail: boolean }>((signal) => get('/v1/mentions/wishes', { signal }), []);
  const now = wishes.value.value;
  const wish = async (mail: boolean) => {
    if (await act(() => put('/v1/mentions/wishes', { mail }), t('kept.saved'))) wishes.reload();
  };
  return now ? <div class="mentions-wishes"><Check id="mentions-mail" label={t('mentions.by_mail')} checked={now.mail} on_change={(mail) => void wish(mail)} /></div> : null;
}

function Told({ current }: { current: string | undefined }) {
  const page = told.value;
  if (!page) return failure.value ? <Failed text={failure.value} retry={() => void load()} /> : <Loading rows={6} />;
  if (!page.items.length)
    return (
      <Empty icon={AtSign} title={t('mentions.none')}>
        <p>{t('mentions.none_text')}</p>
      </Empty>
    );
  return (
    <ul class="mentions" aria-label={t('mentions.title')}>
      {page.items.map((one) => <li key={one.message}><Row one={one} current={one.conversation === current} /></li>)}
    </ul>
  );
}

function Row({ one, current }: { one: Mention; current: boolean }) {
  return (
    <a class="cnv-row" data-row data-unread={!one.read} aria-current={current ? 'true' : undefined} href={`${base}/inbox/${one.conversation}?view=mentions`}>
      <span class="cnv-line">
        {!one.read && <span class="unread-sign" role="img" aria-label={t('mentions.unread')} title={t('mentions.unread')} />}
        <span class="cnv-who grow one-line"><bdi>{one.by || t('inbox.no_name')}</bdi></span>
        <span class="small muted nowrap"><Moment at={one.at} /></span>
      </span>
      <span class="cnv-line one-line"><bdi>{one.subject || t('inbox.no_subject')}</bdi>{' '}<span class="muted">#{one.number}</span></span>
      <span class="cnv-line small muted"><span class="grow one-line"><bdi>{one.excerpt}</bdi></span></span>
    </a>
  );
}

// The name that is begun after an @.
export const at_word = (before: string): string | undefined => /(?:^|[\s(])@([^\s@]{0,30})$/.exec(before)?.[1];

interface PopupProps {
  word: string;
  keys: RefObject<(event: KeyboardEvent) => boolean>;
  on_close: () => void;
}

export function NamesPopup({ word, keys, on_close }: PopupProps) {
  const wanted = word.toLowerCase();
  const found = (desk.value?.assignees ?? []).filter((one) => one.id !== agent.value?.id && one.name.toLowerCase().split(' ').some((part, index, parts) => part.startsWith(wanted) || parts.slice(index).join(' ').startsWith(wanted))).slice(0, 6);
  const [at, set_at] = useState(0);
  const current = Math.min(at, found.length - 1);
  const take = (one: Assignee | undefined) => {
    if (!one) return;
    insert_words('composer-text', `@${one.name} `, word.length + 1);
    on_close();
  };
  keys.current = (event) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Escape') on_close();
    else if (!found.length) return false;
    else if (step) set_at((current + step + found.length) % found.length);
    else if ((event.key === 'Enter' && !event.ctrlKey && !event.metaKey) || event.key === 'Tab') take(found[current]);
    else return false;
    return true;
  };
  useEffect(() => () => {
    keys.current = null;
  }, []);
  if (!found.length) return null;
  return (
    <div class="canned-popup names-popup" role="group" aria-label={t('mentions.title')}>
      <div class="palette" role="listbox" aria-label={t('mentions.title')}>
        {found.map((one, index) => (
          <div key={one.id} class="choice-line" data-at={index === current} role="option" aria-selected={index === current} onMouseDown={(event) => event.preventDefault()} onClick={() => take(one)} onMouseMove={() => set_at(index)}>
            <span class="grow one-line"><bdi>{one.name}</bdi></span>
          </div>
        ))}
      </div>
    </div>
  );
}
