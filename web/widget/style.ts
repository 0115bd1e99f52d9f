// The widget's look, in a style sheet of its own inside the shadow root: the page's policy needs to allow no inline style.
export const css = `
:host { all: initial; --accent: #B3372A; --on-accent: #fff; --paper: #FBFAF7; --surface: #fff; --ink: #1B2430; --muted: #5B6673; --line: #E3E0D8; --breach: #B42318; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :host { --paper: #14171A; --surface: #1C2126; --ink: #E8EAED; --muted: #9AA5B1; --line: #2C333A; --breach: #F97066; } }
*, *::before { box-sizing: border-box; }
[hidden] { display: none !important; }
.root { font: 16px/1.45 system-ui, "Noto Sans Thai", "Noto Sans JP", "Noto Sans KR", Vazirmatn, sans-serif; color: var(--ink); }
button, input, textarea { font: inherit; color: inherit; }
button { cursor: pointer; border: 0; background: none; }
button:disabled { opacity: .55; cursor: default; }
:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; border-radius: 6px; }
.bubble { position: fixed; inset-block-end: 20px; inset-inline-end: 20px; inline-size: 56px; block-size: 56px; border-radius: 50%; background: var(--accent); color: var(--on-accent); z-index: 2147483000; display: grid; place-items: center; border: 1px solid var(--line); }
.bubble svg { inline-size: 26px; block-size: 26px; }
.badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 22px; block-size: 22px; padding-inline: 6px; border-radius: 11px; background: var(--ink); color: var(--paper); font-size: 13px; line-height: 22px; text-align: center; }
.panel { position: fixed; inset-block-end: 88px; inset-inline-end: 20px; inline-size: 380px; block-size: min(620px, calc(100dvh - 108px)); background: var(--paper); border: 1px solid var(--line); border-radius: 14px; z-index: 2147483001; display: flex; flex-direction: column; overflow: hidden; }
@media (max-width: 480px) { .panel { inset: 0; inline-size: 100%; block-size: 100dvh; border: 0; border-radius: 0; } }
header { display: flex; align-items: center; gap: 8px; padding: 12px; border-block-end: 1px solid var(--line); background: var(--surface); }
header h2 { flex: 1; margin: 0; font-size: 17px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.icon { inline-size: 36px; block-size: 36px; border-radius: 8px; display: grid; place-items: center; flex: none; }
.icon svg { inline-size: 20px; block-size: 20px; }
[dir=rtl] .turns svg { transform: scaleX(-1); }
.body { flex: 1; overflow-y: auto; padding: 16px; display: flex; flex-direction: column; gap: 12px; }
.hello { font-size: 20px; margin: 8px 0; white-space: pre-line; overflow-wrap: anywhere; }
.main { background: var(--accent); color: var(--on-accent); border-radius: 10px; padding: 10px 16px; font-weight: 600; }
.icon.main { padding: 0; }
h3 { font-size: 14px; color: var(--muted); margin: 8px 0 0; font-weight: 600; }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 8px; }
.talk { inline-size: 100%; text-align: start; background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 10px 12px; display: grid; gap: 2px; }
.talk span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.small { font-size: 13px; color: var(--muted); margin: 0; }
.new { color: var(--ink); font-weight: 700; }
.msg { max-inline-size: 84%; padding: 8px 12px; border-radius: 12px; background: var(--surface); border: 1px solid var(--line); align-self: flex-start; overflow-wrap: anywhere; }
.msg.mine { align-self: flex-end; border-color: var(--ink); }
.msg p { margin: 0; white-space: pre-wrap; }
.msg[data-state=waiting] { opacity: .7; border-style: dashed; }
.bad { color: var(--breach); }
.file, .link { text-decoration: underline; padding: 4px 0; text-align: start; min-block-size: 24px; }
form { border-block-start: 1px solid var(--line); background: var(--surface); padding: 10px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 8px; position: relative; }
.row { display: flex; gap: 8px; align-items: flex-end; }
textarea, input[type=email], input[type=text] { flex: 1; min-inline-size: 0; background: var(--paper); border: 1px solid var(--muted); border-radius: 8px; padding: 8px 10px; resize: none; }
.rating { display: grid; gap: 8px; padding: 12px; background: var(--surface); border: 1px solid var(--line); border-radius: 12px; }
.rating p { margin: 0; overflow-wrap: anywhere; }
.score { flex: 1; min-block-size: 40px; border: 1px solid var(--muted); border-radius: 8px; }
.score[aria-pressed=true] { background: var(--accent); color: var(--on-accent); border-color: var(--accent); }
.off { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.note { padding: 6px 12px; margin: 0; font-size: 13px; background: var(--surface); border-block-end: 1px solid var(--line); }
@media (prefers-reduced-motion: no-preference) { .panel { animation: come .15s ease-out; } @keyframes come { from { opacity: 0; transform: translateY(8px); } } }
`;
