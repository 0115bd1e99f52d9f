// What the browser keeps: the visitor's token, what has been written and not yet been acknowledged, where one was. Without storage
// (a private window that forbids it) it lasts as long as the page.
export interface Waiting {
  key: string;  // made here: however often it is sent, it is one message
  into: string;  // a conversation, or "new:…" until the first of it is acknowledged
  text: string;
  files: { id: string; name: string }[];
  at: number;
  failed?: boolean;
}
export interface Kept {
  token: string;
  wrote: boolean;  // the server knows the token
  rotated: number;
  open: boolean;
  conversation: string;  // that is shown; empty: home
  seq: number;
  outbox: Waiting[];
}

export const random_token = (): string => {
  const octets = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...octets)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
};
const fresh = (): Kept => ({ token: random_token(), wrote: false, rotated: Date.now(), open: false, conversation: '', seq: 0, outbox: [] });

export class Store {
  private kept: Kept;
  private readonly name: string;
  constructor(site: string, changed: () => void) {
    this.name = `rapport-chat:${site}`;
    this.kept = this.read() ?? fresh();
    // Another tab has written.
    addEventListener('storage', (event) => {
      if (event.key !== this.name) return;
      const open = this.kept.open;
      this.kept = { ...(this.read() ?? fresh()), open };
      changed();
    });
  }
  get now(): Readonly<Kept> {
    return this.kept;
  }
  // As another tab has it by now.
  get token(): string {
    return this.read()?.token ?? this.kept.token;
  }
  set(part: Partial<Kept>): void {
    const stored = this.read();
    this.kept = { ...this.kept, ...(stored && { outbox: stored.outbox, token: stored.token, wrote: stored.wrote, rotated: stored.rotated }), ...part };
    try {
      localStorage.setItem(this.name, JSON.stringify(this.kept));
    } catch {
      // Not allowed here, or full: this page goes on from memory.
    }
  }
  change_outbox(change: (list: Waiting[]) => Waiting[]): void {
    this.set({ outbox: change(this.read()?.outbox ?? this.kept.outbox) });
  }
  // What is kept in the outbox goes to whomever one is then: nobody has read it yet.
  forget(outbox: Waiting[]): void {
    this.kept = { ...fresh(), outbox: outbox.map((one) => ({ ...one, into: one.into.startsWith('new:') ? one.into : `new:${one.into}` })) };
    this.set(this.kept);
  }
  private read(): Kept | undefined {
    try {
      const text = localStorage.getItem(this.name);
      return text ? (JSON.parse(text) as Kept) : undefined;
    } catch {
      return undefined;
    }
  }
}
