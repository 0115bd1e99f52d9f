// Requests to the server, and what it tells by itself: a WebSocket, or long polls where a proxy lets none through.
export interface ChatFile { id: string; name: string; media_type: string; size: number }
export interface ChatMessage { id: string; conversation: string; mine: boolean; author: string; at: string; text: string; files: ChatFile[]; key?: string; by_mail: boolean }
export interface ChatRating { scale: 'stars' | 'thumbs'; question: string; score?: number; comment: string }
export interface ChatSummary { id: string; preview: string; last_author: string; last_at: string; unread: number; resolved: boolean; rating?: ChatRating }
export interface Chats { items: ChatSummary[]; seq: number; known: boolean; name: string; address: string }
export interface Site { id: string; name: string; organisation: string; colour: string; locales: string[]; greeting: Record<string, string>; mails: boolean; expected_s?: number; open?: boolean; opens_at?: string }
export interface News { seq: number; type: 'hello' | 'message' | 'state' | 'typing' | 'seen' | 'known' | 'reset'; conversation?: string; who: string }

export class Refused extends Error {
  constructor(readonly status: number, readonly code: string, readonly retry_after: number) {
    super(code);
  }
}

export class Wire {
  constructor(readonly base: string, readonly site: string, private readonly token: () => string) {}
  url(path: string): string {
    return `${this.base}/chat/${this.site}${path}`;
  }
  async ask(path: string, options: { body?: unknown; raw?: Blob; signal?: AbortSignal; without_token?: boolean } = {}): Promise<Response> {
    const headers: Record<string, string> = options.without_token ? {} : { Authorization: `Bearer ${this.token()}` };
    if (options.body !== undefined) headers['Content-Type'] = 'application/json';
    const response = await fetch(this.url(path), {
      method: options.body !== undefined || options.raw ? 'POST' : 'GET',
      headers,
      body: options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
      credentials: 'omit',
      signal: options.signal,
    });
    if (response.ok) return response;
    const problem = (await response.json().catch(() => ({}))) as { code?: string };
    throw new Refused(response.status, problem.code ?? '', Number(response.headers.get('Retry-After')) || 0);
  }
  async get<T>(path: string): Promise<T> {
    return (await (await this.ask(path)).json()) as T;
  }
  async post<T = void>(path: string, body: unknown): Promise<T> {
    const response = await this.ask(path, { body });
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
}

export type Timer = ReturnType<typeof setTimeout>;
const first_wait = 1_000, longest_wait = 60_000;

export class Connection {
  private socket?: WebSocket;
  private poll?: AbortController;
  private timer?: Timer;
  private wait = first_wait;
  private failures = 0;
  private wanted = false;
  constructor(private readonly wire: Wire, private readonly token: () => string, private readonly seq: () => number, private readonly heard: (news: News) => void, private readonly state: (connected: boolean) => void) {}

  start(): void {
    if (this.wanted) return;
    this.wanted = true;
    addEventListener('online', this.at_once);
    this.open();
  }
  restart(): void {
    if (!this.wanted) return this.start();
    this.close();
    this.open();
  }
  stop(): void {
    this.wanted = false;
    removeEventListener('online', this.at_once);
    this.close();
  }
  private readonly at_once = () => {
    if (this.timer) this.open();
  };
  private close(): void {
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
    this.poll?.abort();
    this.poll = undefined;
    clearTimeout(this.timer);
    this.timer = undefined;
  }
  private later(): void {
    this.state(false);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), this.wait * (0.5 + Math.random()));
    this.wait = Math.min(this.wait * 2, longest_wait);
  }
  private open(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    // Twice without a word: something between us lets no WebSocket through. Now and then it is tried again.
    if (this.failures >= 2 && this.failures % 20 !== 19) return void this.poll_once();
    const socket = new WebSocket(this.wire.url(`/stream?after=${this.seq()}`).replace(/^http/, 'ws'), ['rapport-chat', this.token()]);
    this.socket = socket;
    socket.onmessage = (event) => {
      this.failures = 0;
      this.wait = first_wait;
      this.state(true);
      this.heard(JSON.parse(String(event.data)) as News);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.failures += 1;
      this.later();
    };
  }
  private async poll_once(): Promise<void> {
    const abort = new AbortController();
    this.poll = abort;
    try {
      const response = await this.wire.ask(`/news?after=${this.seq()}&wait=25`, { signal: abort.signal });
      const page = (await response.json()) as { seq: number; items: News[] };
      if (abort.signal.aborted) return;
      this.failures += 1;
      this.wait = first_wait;
      this.state(true);
      for (const news of page.items) this.heard(news);
      this.heard({ seq: page.seq, type: 'hello', who: '' });
      this.open();
    } catch {
      if (!abort.signal.aborted) this.later();
    }
  }
}
