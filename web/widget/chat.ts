// What the widget knows and does, without a screen: the visitor's conversations, what waits to be sent, what the server tells.
import { Connection, Refused, type Timer, type ChatMessage, type Chats, type News, type Site, Wire } from './wire';
import { random_token, Store, type Waiting } from './store';

const rotate_after = 7 * 24 * 3_600_000;
const typing_for = 6_000;

export class Chat {
  readonly store: Store;
  readonly wire: Wire;
  site?: Site;
  chats: Chats = { items: [], seq: 0, known: false, name: '', address: '' };
  messages: ChatMessage[] = [];
  more = false;
  connected = true;
  seen = '';  // the last of our messages that an agent has had before them
  typing = '';
  private read_up_to = '';
  private readonly connection: Connection;
  private typing_timer?: Timer;
  private sending = false;
  private retry?: Timer;
  private wait = 1_000;
  private said_typing = 0;

  constructor(base: string, site: string, private readonly lang: string, private readonly changed: () => void) {
    this.store = new Store(site, () => this.changed());
    this.wire = new Wire(base, site, () => this.store.token);
    this.connection = new Connection(this.wire, () => this.store.token, () => this.store.now.seq, (news) => void this.heard(news), (connected) => {
      if (this.connected === connected) return;
      this.connected = connected;
      if (connected) void this.pump();
      this.changed();
    });
  }

  get shown(): string {
    return this.store.now.conversation;
  }
  get unread(): number {
    return this.chats.items.reduce((sum, one) => sum + one.unread, 0);
  }
  get waiting(): Waiting[] {
    return this.store.now.outbox.filter((one) => one.into === this.shown);
  }

  // Whoever has written nothing yet is asked nothing and tells nothing.
  async begin(): Promise<void> {
    if (!this.store.now.wrote) return this.store.now.outbox.length ? this.pump() : undefined;
    if (Date.now() - this.store.now.rotated > rotate_after) await this.rotate();
    await this.refresh();
    if (this.store.now.wrote) this.connection.start();
    await this.pump();
  }
  async load_site(): Promise<void> {
    this.site ??= (await (await this.wire.ask('', { without_token: true })).json()) as Site;
  }
  async refresh(): Promise<void> {
    const { token } = this.store;
    try {
      this.chats = await this.wire.get<Chats>('/conversations');
      if (!this.store.now.seq) this.store.set({ seq: this.chats.seq });
    } catch (problem) {
      // The server knows this token no more: another tab has changed it, or what is here is nobody's.
      if (problem instanceof Refused && problem.status === 401) return this.store.token === token ? this.forget(this.store.now.outbox) : this.refresh();
      this.connected = false;
    }
    if (this.is_real(this.shown)) await this.read_messages();
    this.changed();
  }
  private is_real(id: string): boolean {
    return id !== '' && !id.startsWith('new:');
  }
  async read_messages(): Promise<void> {
    const id = this.shown;
    try {
      const page = await this.wire.get<{ items: ChatMessage[]; more: boolean; read_up_to: string }>(`/conversations/${id}/messages`);
      if (this.shown !== id) return;
      const first = page.items[0]?.id ?? '';
      this.messages = [...this.messages.filter((one) => one.conversation === id && one.id < first), ...page.items];
      if (this.messages.length === page.items.length) this.more = page.more;
      this.read_up_to = page.read_up_to;
    } catch (problem) {
      if (problem instanceof Refused && problem.status === 404 && this.shown === id) this.show('');
    }
  }
  async read_older(): Promise<void> {
    const id = this.shown;
    const page = await this.wire.get<{ items: ChatMessage[]; more: boolean }>(`/conversations/${id}/messages?before=${this.messages[0]?.id ?? ''}`);
    if (this.shown !== id) return;
    this.messages = [...page.items, ...this.messages];
    this.more = page.more;
    this.changed();
  }

  show(conversation: string): void {
    this.store.set({ conversation });
    this.messages = [];
    this.more = false;
    this.seen = this.typing = '';
    this.changed();
    if (this.is_real(conversation)) void this.read_messages().then(this.changed);
  }
  begin_conversation(): void {
    this.show(`new:${random_token()}`);
  }

  // ---- writing: kept first, then sent, until it is acknowledged
  write(text: string, files: { id: string; name: string }[]): void {
    const into = this.shown;
    const one: Waiting = { key: random_token(), into, text, files, at: Date.now() };
    this.store.change_outbox((list) => [...list, one]);
    this.wait = 1_000;
    void this.pump();
    this.changed();
  }
  again(key: string): void {
    this.store.change_outbox((list) => list.map((one) => (one.key === key ? { ...one, failed: false } : one)));
    void this.pump();
  }
  drop(key: string): void {
    this.store.change_outbox((list) => list.filter((one) => one.key !== key));
    this.changed();
  }
  private async pump(): Promise<void> {
    clearTimeout(this.retry);
    if (this.sending) return;
    this.sending = true;
    try {
      for (let next = this.next(); next; next = this.next()) {
        if (!(await this.send(next))) break;
      }
    } finally {
      this.sending = false;
      this.changed();
    }
  }
  private next(): Waiting | undefined {
    return this.store.now.outbox.find((one) => !one.failed);
  }
  private async send(one: Waiting): Promise<boolean> {
    try {
      const real = this.is_real(one.into);
      const body = { key: one.key, text: one.text, files: one.files.map((file) => file.id), locale: this.lang, page: location.origin + location.pathname, ...(real && { conversation: one.into }) };
      const done = await this.wire.post<{ conversation: string; message: string }>('/messages', body);
      const was_new = !this.store.now.wrote;
      const shown = this.shown;
      this.store.change_outbox((list) => list.filter((other) => other.key !== one.key).map((other) => (other.into === one.into ? { ...other, into: done.conversation } : other)));
      this.store.set({ wrote: true, ...(shown === one.into && { conversation: done.conversation }) });
      this.connected = true;
      if (this.shown === done.conversation) await this.read_messages();
      if (was_new) {
        await this.refresh();
        this.connection.start();
      }
      return true;
    } catch (problem) {
      if (problem instanceof Refused && problem.status < 500 && problem.status !== 429 && problem.status !== 401) {
        this.store.change_outbox((list) => list.map((other) => (other.key === one.key ? { ...other, failed: true } : other)));
        return true;
      }
      if (!(problem instanceof Refused)) this.connected = false;
      const pause = problem instanceof Refused && problem.retry_after ? problem.retry_after * 1_000 : this.wait;
      this.wait = Math.min(this.wait * 2, 60_000);
      this.retry = setTimeout(() => void this.pump(), pause);
      return false;
    }
  }
  async upload(file: File): Promise<{ id: string; name: string }> {
    const response = await this.wire.ask(`/files?name=${encodeURIComponent(file.name.slice(0, 200) || 'file')}`, { raw: file });
    if (!this.store.now.wrote) this.store.set({ wrote: true });
    return (await response.json()) as { id: string; name: string };
  }
  type(): void {
    if (!this.is_real(this.shown) || Date.now() - this.said_typing < 3_000) return;
    this.said_typing = Date.now();
    void this.wire.post('/typing', { conversation: this.shown }).catch(() => undefined);
  }
  // One click; a comment may follow.
  async rate(score: number, comment?: string): Promise<void> {
    const id = this.shown;
    await this.wire.post('/rating', { conversation: id, score, ...(comment !== undefined && { comment }) });
    this.chats.items = this.chats.items.map((one) => (one.id === id && one.rating ? { ...one, rating: { ...one.rating, score, ...(comment !== undefined && { comment }) } } : one));
    this.changed();
  }
  // The answer is before somebody's eyes.
  acknowledge(): void {
    const last = this.messages.findLast((one) => !one.mine);
    if (!last || last.id <= this.read_up_to || document.hidden) return;
    this.read_up_to = last.id;
    const id = this.shown;
    void this.wire.post('/receipt', { conversation: id, up_to: last.id }).then(() => {
      this.chats.items = this.chats.items.map((one) => (one.id === id ? { ...one, unread: 0 } : one));
      this.changed();
    }, () => { this.read_up_to = ''; });
  }

  // ---- being told
  private async heard(news: News): Promise<void> {
    if (news.seq > this.store.now.seq) this.store.set({ seq: news.seq });
    switch (news.type) {
      case 'message':
        if (news.conversation === this.shown) this.typing = '';
        return this.refresh();
      case 'reset':
      case 'state':
        return this.refresh();
      case 'known':
        await this.refresh();
        return this.connection.restart();
      case 'typing':
        if (news.conversation !== this.shown) return;
        this.typing = news.who || ' ';
        clearTimeout(this.typing_timer);
        this.typing_timer = setTimeout(() => { this.typing = ''; this.changed(); }, typing_for);
        break;
      case 'seen':
        if (news.conversation === this.shown) this.seen = this.messages.findLast((one) => one.mine)?.id ?? '';
        break;
    }
    this.changed();
  }

  // ---- who one is
  async vouch(token: string): Promise<void> {
    const { known } = this.chats;
    try {
      await this.wire.post('/vouching', { token, locale: this.lang });
    } catch (problem) {
      // Somebody else was signed in here before: they keep theirs, this one begins anew.
      if (!(problem instanceof Refused) || problem.code !== 'another_customer') throw problem;
      this.forget();
      await this.wire.post('/vouching', { token, locale: this.lang });
    }
    this.store.set({ wrote: true });
    // Whoever knew the token of a nobody at this browser does not become somebody with it.
    if (!known) await this.rotate();
    await this.refresh();
    this.connection.restart();
  }
  async ask_code(email: string): Promise<void> {
    await this.wire.post('/address', { email, locale: this.lang });
    this.store.set({ wrote: true });
  }
  async confirm(code: string): Promise<void> {
    await this.wire.post('/address/confirmation', { code });
    await this.rotate();
    await this.refresh();
    this.connection.restart();
  }
  // The next token is made here, and the old one works until the new one has been used.
  private async rotate(): Promise<void> {
    const next = random_token();
    try {
      await this.wire.post('/token', { next });
      this.store.set({ token: next, rotated: Date.now() });
    } catch {
      // Another time.
    }
  }
  forget(outbox: Waiting[] = []): void {
    this.connection.stop();
    this.store.forget(outbox);
    this.chats = { items: [], seq: 0, known: false, name: '', address: '' };
    this.messages = [];
    this.changed();
  }
}
