// A text while somebody writes it: saved by itself a moment after the last change, kept in this browser until the server has it. When somebody else has
// saved meanwhile, nothing is written: both texts stand until the author has decided, and what was not taken is set aside.
import { signal, type Signal } from '@preact/signals';
import { Problem } from '../../sdk/client';
import type { ArticleText, PutText } from '../../sdk/knowledge';
import { t } from '../../ui/text';
import { fields_of, words_for, type FieldErrors } from '../problems';
import { forget, recall, remember } from '../remembered';

export interface Words {
  title: string;
  summary: string;
  body: string;
  slug: string;
}
export type Kept = 'saved' | 'waiting' | 'saving' | 'here';  // here: in this browser alone
interface Local {
  version: number;
  words: Words;
  base: Words;
  made_from: number;
}
export interface Conflict {
  base: Words;
  mine: Words;
  theirs: ArticleText;
}

const pause_ms = 800;
const retry_ms = 5_000;

export const words_of = ({ title, summary, body, slug }: { title: string; summary: string; body: string; slug?: string }): Words => ({ title, summary, body, slug: slug ?? '' });
export const same_words = (a: Words, b: Words): boolean => a.title === b.title && a.summary === b.summary && a.body === b.body && a.slug === b.slug;

export class Writing {
  readonly words: Signal<Words>;
  readonly server: Signal<ArticleText>;
  readonly kept: Signal<Kept> = signal('saved');
  readonly errors: Signal<FieldErrors> = signal({});
  readonly failure: Signal<string | undefined> = signal(undefined);
  readonly conflict: Signal<Conflict | undefined> = signal(undefined);
  readonly aside: Signal<Words | undefined>;
  private base: Words;
  private made_from: number;
  private running: Promise<boolean> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;
  private readonly name: string;

  constructor(loaded: ArticleText, private readonly put: (words: PutText) => Promise<ArticleText>, private readonly pauses = { pause_ms, retry_ms }) {
    this.server = signal(loaded);
    this.base = words_of(loaded);
    this.words = signal(this.base);
    this.made_from = loaded.made_from;
    this.name = `knowledge.${loaded.article}.${loaded.locale}`;
    this.aside = signal(recall<Words>(`${this.name}.aside`, 'browser'));
    this.take_up(loaded);
  }

  get changed(): boolean {
    return !same_words(this.words.peek(), this.base) || this.made_from !== this.server.peek().made_from;
  }

  // What an earlier page could not save any more.
  private take_up(loaded: ArticleText): void {
    const local = recall<Local>(this.name, 'browser');
    if (!local || same_words(local.words, this.base)) return forget(this.name, 'browser');
    this.words.value = local.words;
    this.made_from = local.made_from;
    this.kept.value = 'here';
    if (local.version === loaded.version) return this.soon();
    this.conflict.value = { base: local.base, mine: local.words, theirs: loaded };
  }

  set(part: Partial<Words>): void {
    this.words.value = { ...this.words.peek(), ...part };
    this.touched();
  }

  // The author says that it says again what the source says.
  is_made_from(number: number): void {
    this.made_from = number;
    this.touched();
  }

  private touched(): void {
    if (!this.changed) {
      clearTimeout(this.timer);
      forget(this.name, 'browser');
      if (!this.running) this.kept.value = 'saved';
      return;
    }
    remember(this.name, { version: this.server.peek().version, words: this.words.peek(), base: this.base, made_from: this.made_from } satisfies Local, 'browser');
    if (this.conflict.peek()) return;
    this.kept.value = 'waiting';
    this.soon();
  }

  // Whoever composes a letter is not interrupted: the last change starts the clock again.
  private soon(after = this.pauses.pause_ms): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), after);
  }

  // True once the server has all of it. Whoever asks while a request is on its way waits for it, and for what was changed since.
  save(): Promise<boolean> {
    clearTimeout(this.timer);
    this.running ??= this.save_all().finally(() => (this.running = undefined));
    return this.running;
  }

  private async save_all(): Promise<boolean> {
    while (this.changed) if (this.conflict.peek() || !(await this.send())) return false;
    return !this.conflict.peek();
  }

  private async send(again = false): Promise<boolean> {
    const sent = this.words.peek();
    const made_from = this.made_from;
    if (!sent.title.trim()) {
      this.errors.value = { '/title': t('missing.title') };
      this.kept.value = 'here';
      return false;
    }
    this.kept.value = 'saving';
    try {
      const now = await this.put({ version: this.server.peek().version, title: sent.title.trim(), summary: sent.summary, body: sent.body, slug: sent.slug.trim(), made_from });
      this.server.value = now;
      this.base = sent;
      this.made_from = this.made_from === made_from ? now.made_from : this.made_from;
      this.errors.value = {};
      this.failure.value = undefined;
      if (this.changed) remember(this.name, { version: now.version, words: this.words.peek(), base: sent, made_from: this.made_from } satisfies Local, 'browser');
      else {
        forget(this.name, 'browser');
        this.kept.value = 'saved';
      }
      return true;
    } catch (error) {
      this.kept.value = 'here';
      if (error instanceof Problem && error.code === 'changed_meanwhile' && error.more.current) return this.meet(error.more.current as ArticleText, again);
      this.errors.value = fields_of(error);
      this.failure.value = words_for(error);
      // What may pass by itself is tried again by itself.
      if (!this.closed && error instanceof Problem && (error.status === 0 || error.status >= 500 || error.status === 429)) this.soon(this.pauses.retry_ms);
      return false;
    }
  }

  // Somebody else has saved. Where the words are the same as before, only the state has moved on.
  private async meet(theirs: ArticleText, again: boolean): Promise<boolean> {
    const their_words = words_of(theirs);
    if (same_words(their_words, this.words.peek())) {
      this.adopt(theirs);
      return true;
    }
    if (same_words(their_words, this.base) && !again) {
      this.server.value = theirs;
      return this.send(true);
    }
    this.conflict.value = { base: this.base, mine: this.words.peek(), theirs };
    return false;
  }

  private adopt(text: ArticleText): void {
    this.server.value = text;
    this.base = words_of(text);
    this.words.value = this.base;
    this.made_from = text.made_from;
    this.errors.value = {};
    this.failure.value = undefined;
    this.kept.value = 'saved';
    forget(this.name, 'browser');
  }

  // What the server has now: shown at once where nothing of one's own is on its way. True: other words are shown.
  heard(text: ArticleText): boolean {
    if (this.running) return false;
    const now = this.server.peek();
    if (text.version < now.version) return false;
    if (text.version === now.version && !this.conflict.peek()) {
      this.server.value = text;
      return false;
    }
    if (this.conflict.peek()) {
      this.conflict.value = { ...this.conflict.peek()!, theirs: text };
      return false;
    }
    if (this.changed) return false;  // the next save meets it
    const other = !same_words(words_of(text), this.words.peek());
    this.adopt(text);
    return other;
  }

  // The author has decided what stands; what was mine and is not all in it is set aside.
  async decide(words: Words): Promise<boolean> {
    const { mine, theirs } = this.conflict.peek()!;
    if (!same_words(words, mine)) this.put_aside(mine);
    this.adopt(theirs);
    this.conflict.value = undefined;
    if (same_words(words, this.base)) return true;
    this.set(words);
    return this.save();
  }

  put_aside(words: Words | undefined): void {
    this.aside.value = words;
    if (words) remember(`${this.name}.aside`, words, 'browser');
    else forget(`${this.name}.aside`, 'browser');
  }

  // A step of the workflow has answered.
  stepped(text: ArticleText): void {
    if (this.changed) this.server.value = text;
    else this.adopt(text);
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    if (this.changed && !this.conflict.peek()) void this.save();
  }
}
