// The widget's screens: home and one conversation.
import { back_icon, chat_icon, clip_icon, close_icon, el, send_icon } from './dom';
import type { Chat } from './chat';
import { type Lang, speak } from './texts';
import { type ChatRating, Refused, type Site } from './wire';

const most_file = 10 * 1024 * 1024;

export class View {
  private readonly bubble: HTMLButtonElement;
  private readonly badge = el('span', { class: 'badge', hidden: true, 'aria-hidden': 'true' });
  private readonly panel: HTMLElement;
  private readonly title = el('h2', { id: 'title' });
  private readonly back: HTMLButtonElement;
  private readonly offline: HTMLElement;
  private readonly body = el('div', { class: 'body' });
  private readonly log = el('div', { class: 'body', role: 'log', 'aria-live': 'polite', tabindex: '0' });
  private readonly typing = el('p', { class: 'small', role: 'status' });
  private readonly form: HTMLFormElement;
  private readonly text: HTMLTextAreaElement;
  private readonly chips = el('ul');
  private readonly trouble = el('p', { class: 'small bad', role: 'alert' });
  private files: { id: string; name: string }[] = [];
  private drawn = '';
  private contact?: HTMLElement;
  private asked?: { of: string; shown: HTMLElement };
  private readonly t: ReturnType<typeof speak>;

  constructor(private readonly root: HTMLElement, private readonly chat: () => Chat, private readonly lang: Lang) {
    const t = (this.t = speak(lang));
    this.bubble = el('button', { class: 'bubble', type: 'button', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', 'aria-label': t('open'), onclick: () => this.set_open(!this.is_open) }, chat_icon(), this.badge);
    this.back = el('button', { class: 'icon turns', type: 'button', 'aria-label': t('back'), onclick: () => { this.chat().show(''); this.title.focus(); } }, back_icon());
    this.offline = el('p', { class: 'note', role: 'status', hidden: true }, t('offline'));
    this.text = el('textarea', { id: 'text', rows: '2', maxlength: '10000', dir: 'auto', oninput: () => this.chat().type(), onkeydown: (event: KeyboardEvent) => { if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.send(); } } });
    const input = el('input', { type: 'file', multiple: true, class: 'off', tabindex: '-1', 'aria-hidden': 'true', onchange: () => void this.attach(input) });
    this.form = el('form', { novalidate: true, onsubmit: (event: Event) => { event.preventDefault(); this.send(); } },
      this.chips, this.trouble,
      el('div', { class: 'row' },
        el('label', { for: 'text', class: 'off' }, t('write')), this.text, input,
        el('button', { class: 'icon', type: 'button', 'aria-label': t('attach'), onclick: () => input.click() }, clip_icon()),
        el('button', { class: 'icon main turns', type: 'submit', 'aria-label': t('send') }, send_icon())));
    this.panel = el('section', { class: 'panel', role: 'dialog', 'aria-labelledby': 'title', hidden: true, onkeydown: (event: KeyboardEvent) => { if (event.key === 'Escape') this.set_open(false); } },
      el('header', {}, this.back, this.title, el('button', { class: 'icon', type: 'button', 'aria-label': t('close'), onclick: () => this.set_open(false) }, close_icon())),
      this.offline, this.body, this.log, this.form);
    this.title.tabIndex = -1;
    root.append(this.bubble, this.panel);
    document.addEventListener('visibilitychange', () => this.draw());
  }

  get is_open(): boolean {
    return !this.panel.hidden;
  }
  set_open(open: boolean): void {
    this.panel.hidden = !open;
    this.bubble.setAttribute('aria-expanded', String(open));
    if (open) this.bubble.setAttribute('aria-label', this.t('close'));
    this.chat().store.set({ open });
    if (!open) {
      this.draw();
      return this.bubble.focus();
    }
    void this.chat().load_site().then(() => this.draw(), () => { this.chat().connected = false; this.draw(); });
    this.draw();
    (this.chat().shown ? this.text : this.title).focus();
  }

  draw(): void {
    const chat = this.chat();
    const { unread } = chat;
    this.badge.hidden = unread === 0 || this.is_open;  // what is open shows them; its button says that it closes
    this.badge.textContent = String(unread);
    if (!this.is_open) {
      this.bubble.setAttribute('aria-label', unread ? `${this.t('open')} (${this.t('unread', { n: unread })})` : this.t('open'));
      return;
    }
    const { site } = chat;
    if (site) {
      const accent = /^#[0-9a-f]{6}$/i.test(site.colour) ? site.colour : '#B3372A';
      this.root.style.setProperty('--accent', accent);
      this.root.style.setProperty('--on-accent', is_light(accent) ? '#000' : '#fff');
    }
    this.title.textContent = site?.organisation || this.t('title');
    this.offline.hidden = chat.connected;
    const talking = chat.shown !== '';
    this.back.hidden = !talking;
    this.body.hidden = talking;
    this.log.hidden = this.form.hidden = !talking;
    if (talking) this.draw_talk(chat);
    else this.draw_home(chat);
  }

  private draw_home(chat: Chat): void {
    const drawn = JSON.stringify([chat.chats, chat.site]);
    if (this.drawn === drawn) return;
    this.drawn = drawn;
    const times = new Intl.DateTimeFormat(this.lang, { dateStyle: 'medium', timeStyle: 'short' });
    const list = chat.chats.items.map((one) => el('li', {}, el('button', { class: 'talk', type: 'button', onclick: () => { chat.show(one.id); this.text.focus(); } },
      el('span', { class: one.unread ? 'new' : '' }, el('bdi', {}, one.preview || '…')),
      el('span', { class: 'small' }, `${times.format(new Date(one.last_at))}${one.unread ? ` · ${this.t('unread', { n: one.unread })}` : ''}`))));
    this.contact ??= this.contact_form(chat);
    this.body.replaceChildren(
      el('p', { class: 'hello', dir: 'auto' }, chat.site?.greeting[this.lang] || this.t('hello')),
      this.hours(chat.site),
      el('button', { class: 'main', type: 'button', onclick: () => { chat.begin_conversation(); this.text.focus(); } }, this.t('begin')),
      ...(list.length ? [el('h3', { id: 'recent' }, this.t('recent')), el('ul', { 'aria-labelledby': 'recent' }, ...list)] : []),
      ...(chat.chats.address ? [el('p', { class: 'small' }, this.t('known', { name: chat.chats.address }))] : chat.store.now.wrote ? [this.contact] : []));
  }

  // When somebody is there, and how long most people waited lately; nothing where too little is known.
  private hours(site: Site | undefined): HTMLElement | string {
    if (site?.open === false && site.opens_at) {
      const time = new Intl.DateTimeFormat(this.lang, { weekday: 'long', hour: 'numeric', minute: '2-digit' }).format(new Date(site.opens_at));
      return el('p', { class: 'small' }, this.t('away', { time }));
    }
    if (!site?.expected_s) return '';
    const minutes = Math.max(1, Math.ceil(site.expected_s / 60));
    const [n, unit] = minutes < 60 ? [minutes, 'minute'] : minutes < 24 * 60 ? [Math.ceil(minutes / 60), 'hour'] : [Math.ceil(minutes / 1440), 'day'];
    return el('p', { class: 'small' }, this.t('expected', { time: new Intl.NumberFormat(this.lang, { style: 'unit', unit, unitDisplay: 'long' }).format(n) }));
  }

  // The same as long as it asks the same: what is being written there stays.
  private rating_of(chat: Chat, rating: ChatRating): HTMLElement {
    const of = JSON.stringify([chat.shown, rating]);
    if (this.asked?.of !== of) this.asked = { of, shown: this.rating(chat, rating) };
    return this.asked.shown;
  }

  // How it went: one click, then a comment if one likes. What was chosen can be chosen anew.
  private rating(chat: Chat, asked: ChatRating): HTMLElement {
    // What stands in the field goes with a new choice, too.
    const choose = (score: number) => void chat.rate(score, asked.score ? comment.value.trim() : undefined).catch(() => { said.textContent = this.t('failed'); });
    const said = el('p', { class: 'small', role: 'status' }, asked.score ? this.t('thanks') : '');
    const comment = el('textarea', { rows: '2', maxlength: '2000', dir: 'auto', 'aria-label': this.t('rate_comment'), placeholder: this.t('rate_comment') });
    comment.value = asked.comment;
    const digits = new Intl.NumberFormat(this.lang);
    const choices = asked.scale === 'thumbs' ? [5, 1] : [1, 2, 3, 4, 5];
    const name = (score: number) => (asked.scale === 'thumbs' ? this.t(score === 5 ? 'good' : 'bad') : this.t('of_five', { n: digits.format(score) }));
    return el('div', { class: 'rating', role: 'group', 'aria-label': asked.question || this.t('rate') },
      el('p', { dir: 'auto' }, asked.question || this.t('rate')),
      el('div', { class: 'row' }, ...choices.map((score) => el('button', { type: 'button', class: 'score', 'aria-pressed': String(asked.score === score), 'aria-label': name(score), onclick: () => choose(score) }, asked.scale === 'thumbs' ? (score === 5 ? '👍' : '👎') : digits.format(score)))),
      said,
      ...(asked.score ? [comment, el('button', { class: 'link', type: 'button', onclick: () => choose(asked.score!) }, this.t('rate_send'))] : []));
  }

  // An address that has been proven: answers reach it, and with it one finds everything elsewhere.
  private contact_form(chat: Chat): HTMLElement {
    const said = el('p', { class: 'small', role: 'status' });
    const email = el('input', { type: 'email', id: 'email', autocomplete: 'email', dir: 'ltr', 'aria-label': this.t('mail_field'), placeholder: this.t('mail_field') });
    const code = el('input', { type: 'text', id: 'code', inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: '6', dir: 'ltr', 'aria-label': this.t('code_field'), placeholder: this.t('code_field') });
    const second = el('div', { class: 'row', hidden: true }, code, el('button', { class: 'main', type: 'submit' }, this.t('code_check')));
    const say = (problem: unknown) => { said.textContent = this.t(problem instanceof Refused && problem.status === 429 ? 'too_often' : 'wrong'); };
    return el('form', { novalidate: true, onsubmit: (event: Event) => {
      event.preventDefault();
      if (second.hidden || !code.value) void chat.ask_code(email.value.trim()).then(() => { second.hidden = false; said.textContent = this.t('code_sent'); code.focus(); }, say);
      else void chat.confirm(code.value.trim()).then(() => this.draw(), say);
    } }, el('p', { class: 'small' }, this.t('mail_ask')), el('div', { class: 'row' }, email, el('button', { class: 'main', type: 'submit' }, this.t('mail_send'))), second, said);
  }

  private draw_talk(chat: Chat): void {
    const { messages, waiting } = chat;
    const about = chat.chats.items.find((one) => one.id === chat.shown);
    const drawn = JSON.stringify([chat.shown, messages, waiting, chat.seen, chat.typing, chat.more, about?.resolved, about?.rating]);
    if (this.drawn !== drawn) {
      this.drawn = drawn;
      const at_end = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
      const times = new Intl.DateTimeFormat(this.lang, { dateStyle: 'short', timeStyle: 'short' });
      const closed = about?.resolved;
      const last_mine = messages.findLast((one) => one.mine)?.id;
      const present = new Set(messages.map((one) => one.key));
      const held = (this.log.getRootNode() as ShadowRoot).activeElement;
      const was_rating = held?.closest('.rating') != null;
      this.log.replaceChildren(
        chat.more ? el('button', { class: 'link', type: 'button', onclick: () => void chat.read_older() }, this.t('older')) : '',
        ...messages.map((one) => el('div', { class: one.mine ? 'msg mine' : 'msg' },
          el('span', { class: 'off' }, `${one.mine ? this.t('you') : one.author}: `),
          one.text ? el('p', { dir: 'auto' }, one.text) : '',
          ...one.files.map((file) => el('button', { class: 'file', type: 'button', onclick: () => void this.fetch_file(file.id, file.name) }, el('bdi', {}, file.name))),
          el('p', { class: 'small' }, [one.mine ? '' : one.author, times.format(new Date(one.at)), one.by_mail ? this.t('by_mail') : '', one.id === last_mine && chat.seen === one.id ? this.t('seen') : ''].filter(Boolean).join(' · ')))),
        ...waiting.filter((one) => !present.has(one.key)).map((one) => el('div', { class: 'msg mine', 'data-state': 'waiting' },
          one.text ? el('p', { dir: 'auto' }, one.text) : '', ...one.files.map((file) => el('p', { class: 'small' }, el('bdi', {}, file.name))),
          one.failed
            ? el('p', { class: 'small bad' }, `${this.t('failed')} `, el('button', { class: 'link', type: 'button', onclick: () => chat.again(one.key) }, this.t('again')), ' ', el('button', { class: 'link', type: 'button', onclick: () => chat.drop(one.key) }, this.t('remove')))
            : el('p', { class: 'small' }, this.t('sending')))),
        closed && about.rating ? this.rating_of(chat, about.rating) : '', closed ? el('p', { class: 'small' }, this.t('ended')) : '', this.typing);
      this.typing.textContent = chat.typing ? this.t('typing', { name: chat.typing.trim() }).trim() : '';
      if (was_rating) (held.isConnected ? (held as HTMLElement) : this.asked?.shown.querySelector<HTMLElement>('[aria-pressed=true]'))?.focus();
      if (at_end) this.log.scrollTop = this.log.scrollHeight;
    }
    chat.acknowledge();
  }

  private send(): void {
    const text = this.text.value.trim();
    if (!text && !this.files.length) return;
    this.chat().write(text, this.files);
    this.text.value = '';
    this.files = [];
    this.trouble.textContent = '';
    this.draw_files();
    this.log.scrollTop = this.log.scrollHeight;
  }
  private async attach(input: HTMLInputElement): Promise<void> {
    for (const file of [...(input.files ?? [])]) {
      if (file.size > most_file) this.trouble.textContent = this.t('too_large');
      else
        await this.chat().upload(file).then((done) => this.files.push(done), (problem: unknown) => {
          this.trouble.textContent = this.t(problem instanceof Refused && problem.status === 429 ? 'too_often' : 'failed');
        });
    }
    input.value = '';
    this.draw_files();
    this.text.focus();
  }
  private draw_files(): void {
    this.chips.replaceChildren(...this.files.map((file) => el('li', { class: 'small' }, el('bdi', {}, file.name), ' ', el('button', { class: 'link', type: 'button', 'aria-label': `${this.t('remove')}: ${file.name}`, onclick: () => { this.files = this.files.filter((one) => one !== file); this.draw_files(); } }, this.t('remove')))));
  }
  private async fetch_file(id: string, name: string): Promise<void> {
    const blob = await (await this.chat().wire.ask(`/files/${id}`)).blob();
    const url = URL.createObjectURL(blob);
    el('a', { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}

// WCAG 2.2 §1.4.3: the better of black and white on this colour.
function is_light(colour: string): boolean {
  const part = (at: number) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5) > 0.179;
}
