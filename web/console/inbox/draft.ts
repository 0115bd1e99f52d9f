// What somebody is writing: kept in this browser with every key, on the server a moment later. Nobody else's change wipes it, not
// even one's own in another window: both are kept until one is chosen.
import { signal, type Signal } from '@preact/signals';
import { Problem } from '../../sdk/client';
import type { Draft, DraftWords, MessageKind, UploadedAttachment } from '../../sdk/conversations';
import { forget, recall, remember } from '../remembered';
import * as api from './api';

export interface Words extends Omit<DraftWords, 'attachments'> {
  files: UploadedAttachment[];
}
export type Kept = 'nothing' | 'here' | 'server';  // 'here': only in this browser as yet

interface Local {
  words: Words;
  version?: number;
  dirty: boolean;
  key: string;  // of the message that it becomes: the same for a second try of the same words
}
export interface Transport {
  find: (kind: MessageKind) => Promise<Draft | undefined>;
  put: (kind: MessageKind, version: number | undefined, words: DraftWords) => Promise<Draft>;
  drop: (kind: MessageKind) => Promise<unknown>;
  drop_returned: () => Promise<unknown>;
}

const pause_ms = 800;
const retry_ms = 5_000;
// `seen` is no word.
export const nothing: Words = { text: '', html: '', to: [], cc: [], subject: '', files: [] };
// What the editor holds is said as text, too.
export const is_empty = (words: Words): boolean => !words.text.trim() && !words.files.length && !words.subject && !words.to.length && !words.cc.length;
const new_key = (): string => crypto.randomUUID();
const server_transport = (id: string): Transport => ({
  find: (kind) => api.draft(id, kind),
  put: (kind, version, words) => api.put_draft(id, kind, version, words),
  drop: (kind) => api.drop_draft(id, kind),
  drop_returned: () => api.drop_returned(id),
});

// Names of files: as the server has them, or as they are known where they were uploaded.
function words_from({ attachments, ...rest }: DraftWords, known: UploadedAttachment[]): Words {
  return { ...rest, files: attachments.map((id) => known.find((one) => one.id === id) ?? { id, name: '', media_type: '', size: 0 }) };
}
const to_server = ({ files, ...rest }: Words): DraftWords => ({ ...rest, attachments: files.map((one) => one.id) });

export class DraftKeeper {
  readonly words: Signal<Words> = signal(nothing);
  readonly kept: Signal<Kept> = signal('nothing');
  readonly other: Signal<Words | undefined> = signal(undefined);  // written elsewhere meanwhile
  readonly epoch = signal(0);  // grows when words come from elsewhere than the keyboard
  key = new_key();
  private version: number | undefined;
  private dirty = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saving: Promise<void> | undefined;
  private closed = false;
  private came_back = false;  // what is offered stands on the server beside the draft

  constructor(private readonly id: string, readonly kind: MessageKind, private readonly transport: Transport = server_transport(id)) {}

  private memory(): string {
    return `words.${this.id}.${this.kind}`;
  }

  // What stands here, then what stands on the server. Answers whether there is anything.
  async open(): Promise<boolean> {
    const local = recall<Local>(this.memory(), 'browser');
    if (local) {
      this.version = local.version;
      this.key = local.key;
      this.show(local.words);
      this.dirty = local.dirty;
      this.kept.value = local.dirty ? 'here' : 'server';
    }
    try {
      const found = await this.transport.find(this.kind);
      if (this.closed) return false;
      this.meet(found, local?.words.files ?? []);
    } catch {
      // Without the server what stands here is all there is.
    }
    if (this.dirty) this.save_soon();
    return !is_empty(this.words.peek());
  }

  private meet(found: Draft | undefined, known: UploadedAttachment[]): void {
    const theirs = found && words_from(found.words, [...(found.files ?? []), ...known]);
    if (found?.returned && !this.came_back) {
      this.came_back = true;
      this.offer(words_from(found.returned, known));
    }
    if (this.dirty && theirs && found.version !== this.version) {
      this.other.value = JSON.stringify(theirs) === JSON.stringify(this.words.peek()) ? undefined : theirs;
      this.version = found.version;
    } else if (!this.dirty) {
      this.version = found?.version;
      this.show(theirs ?? nothing);
      this.kept.value = found ? 'server' : 'nothing';
      this.remember_here();
    } else if (!found) this.version = undefined;
  }

  private show(words: Words): void {
    this.words.value = words;
    this.epoch.value += 1;
  }

  set(part: Partial<Words>): void {
    this.words.value = { ...this.words.peek(), ...part };
    // Other words are another message; what was read meanwhile is not.
    if (Object.keys(part).some((name) => name !== 'seen')) this.key = new_key();
    this.dirty = true;
    this.kept.value = 'here';
    this.remember_here();
    this.save_soon();
  }

  take_other(): void {
    const other = this.other.peek();
    if (!other) return;
    const mine = this.words.peek();
    this.set(other);
    this.show(other);
    this.other.value = mine;
    this.forget_returned();
  }
  // It was taken, or is not wanted.
  private forget_returned(): void {
    if (this.came_back) void this.transport.drop_returned().catch(() => undefined);
    this.came_back = false;
  }
  // Words that would be overwritten otherwise: one of the two is chosen.
  offer(words: Words): void {
    this.other.value = words;
  }
  drop_other(): void {
    this.other.value = undefined;
    this.forget_returned();
  }

  private remember_here(): void {
    if (is_empty(this.words.peek()) && !this.dirty) forget(this.memory(), 'browser');
    else remember(this.memory(), { words: this.words.peek(), dirty: this.dirty, key: this.key, ...(this.version === undefined ? {} : { version: this.version }) } satisfies Local, 'browser');
  }

  private save_soon(after_ms = pause_ms): void {
    clearTimeout(this.timer);
    if (!this.closed) this.timer = setTimeout(() => void this.save(), after_ms);
  }

  // One request at a time; what was typed meanwhile goes with the next.
  async save(): Promise<void> {
    clearTimeout(this.timer);
    if (this.saving) await this.saving;
    if (!this.dirty) return;
    await (this.saving = this.save_now().finally(() => (this.saving = undefined)));
  }

  private async save_now(): Promise<void> {
    const words = this.words.peek();
    try {
      if (is_empty(words)) {
        await this.transport.drop(this.kind);
        this.version = undefined;
      } else this.version = (await this.transport.put(this.kind, this.version, to_server(words))).version;
      if (this.words.peek() === words) {
        this.dirty = false;
        this.kept.value = is_empty(words) ? 'nothing' : 'server';
      } else this.save_soon();
      this.remember_here();
    } catch (failure) {
      if (failure instanceof Problem && failure.code === 'changed_meanwhile') {
        const found = await this.transport.find(this.kind).catch(() => undefined);
        this.meet(found, words.files);
        this.save_soon();
      } else if (!(failure instanceof Problem) || failure.status === 0 || failure.status >= 500) this.save_soon(retry_ms);
    }
  }

  // Sent, or thrown away: nothing stays.
  async done(): Promise<void> {
    clearTimeout(this.timer);
    await this.saving?.catch(() => undefined);
    this.dirty = false;
    this.version = undefined;
    this.key = new_key();
    this.show(nothing);
    this.other.value = undefined;
    this.kept.value = 'nothing';
    forget(this.memory(), 'browser');
    await this.transport.drop(this.kind).catch(() => undefined);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    if (this.dirty) void this.save();
  }
}
