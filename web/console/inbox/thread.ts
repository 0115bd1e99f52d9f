// One open conversation: what it is, its messages, and the verbs on it. What the server has not confirmed is marked and rolls back.
import { signal, type Signal } from '@preact/signals';
import { Problem } from '../../sdk/client';
import type { ConversationChange, ConversationDetail, Message, NewMessage } from '../../sdk/conversations';
import type { Event } from '../../sdk/types';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { words_for } from '../problems';
import * as api from './api';
import { take_newest, take_older, take_one, touched, type ThreadState } from './thread_state';

const page_size = 30;
const pause_ms = 200;

export class Thread {
  readonly conversation: Signal<ConversationDetail | undefined> = signal(undefined);
  readonly messages: Signal<ThreadState | undefined> = signal(undefined);
  readonly sending: Signal<NewMessage[]> = signal([]);  // on their way to the server
  readonly error: Signal<string | undefined> = signal(undefined);
  readonly pending = signal(false);
  readonly loading_older = signal(false);
  private readonly stop = new AbortController();
  private waiting: Event[] = [];
  private reading = false;

  constructor(readonly id: string, private readonly on_change: (read: ConversationDetail) => void) {}

  async load(): Promise<void> {
    this.error.value = undefined;
    try {
      const [conversation, page] = await Promise.all([api.find(this.id, this.stop.signal), api.messages(this.id, { limit: page_size }, this.stop.signal)]);
      this.conversation.value = conversation;
      this.messages.value = take_newest(this.messages.peek(), page);
    } catch (failure) {
      if (!this.stop.signal.aborted) this.error.value = words_for(failure);
    }
  }

  async older(): Promise<void> {
    const state = this.messages.peek();
    if (!state?.next || this.loading_older.peek()) return;
    this.loading_older.value = true;
    try {
      const page = await api.messages(this.id, { limit: page_size, after: state.next }, this.stop.signal);
      if (this.messages.value) this.messages.value = take_older(this.messages.value, page);
    } catch (failure) {
      if (!this.stop.signal.aborted) say(words_for(failure), 'bad');
    } finally {
      this.loading_older.value = false;
    }
  }

  take(events: Event[]): void {
    const mine = events.filter((event) => event.subject === this.id);
    if (!mine.length) return;
    this.waiting.push(...mine);
    void this.read();
  }

  // Reads again until no event is left that came while it was reading.
  private async read(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    try {
      while (this.waiting.length && !this.stop.signal.aborted) {
        const events = this.waiting;
        this.waiting = [];
        const [conversation, page] = await Promise.all([api.find(this.id, this.stop.signal), api.messages(this.id, { limit: page_size }, this.stop.signal)]);
        if (!this.pending.peek()) this.conversation.value = conversation;
        this.messages.value = take_newest(this.messages.peek(), page);
        await Promise.all(touched(this.messages.value, events, page).map((id) => this.read_message(id)));
        await new Promise((resolve) => setTimeout(resolve, pause_ms));
      }
    } catch {
      // Without a connection nothing is lost: the stream's return loads everything again.
    } finally {
      this.reading = false;
    }
  }

  async read_message(id: string): Promise<void> {
    let read: Message | undefined;
    try {
      read = await api.message(id, this.stop.signal);
    } catch (failure) {
      if (!(failure instanceof Problem) || failure.status !== 404) throw failure;
    }
    if (this.messages.value) this.messages.value = take_one(this.messages.value, id, read);
  }

  // Shown at once and marked; the server's answer, or what was before, takes its place.
  async change(part: ConversationChange, done?: string): Promise<boolean> {
    const before = this.conversation.peek();
    if (!before) return false;
    const { assignee, team, fields: _fields, ...rest } = part;
    this.conversation.value = { ...before, ...rest, ...(assignee === undefined ? {} : { assignee }), ...(team === undefined ? {} : { team }) };
    this.pending.value = true;
    try {
      const read = await api.change(this.id, before.version, part);
      this.conversation.value = read;
      this.on_change(read);
      if (done) say(done);
      return true;
    } catch (failure) {
      this.conversation.value = before;
      say(words_for(failure), 'bad');
      void this.load();
      return false;
    } finally {
      this.pending.value = false;
    }
  }

  // Throws what the server says; the composer keeps the words then.
  async send(made: NewMessage): Promise<Message> {
    this.sending.value = [...this.sending.value, made];
    try {
      const sent = await api.write(this.id, made);
      const state = this.messages.peek();
      if (state && !state.items.some((one) => one.id === sent.id)) this.messages.value = { ...state, items: [...state.items, sent] };
      void this.refresh();
      return sent;
    } finally {
      this.sending.value = this.sending.value.filter((one) => one !== made);
    }
  }

  async take_back(message: Message): Promise<boolean> {
    try {
      await api.take_back(message.id);
      if (this.messages.value) this.messages.value = take_one(this.messages.value, message.id, undefined);
      say(t('inbox.taken_back'));
      void this.refresh();
      return true;
    } catch (failure) {
      say(words_for(failure), 'bad');
      void this.load();
      return false;
    }
  }

  async refresh(): Promise<void> {
    await this.load();
    const now = this.conversation.peek();
    if (now) this.on_change(now);
  }

  close(): void {
    this.stop.abort();
  }
}
