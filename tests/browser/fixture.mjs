// What browser tests stand on: a server (BASE_URL with SESSION, see run.mjs; or the mock server over web/dist), one browser, and contexts
// that are signed in. Ends with the first failed request for a script or style, any console error, any breach of the policy.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { open_browser } from './browser.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
export const output = path.join(here, '../output/browser');
export const on_mock = !process.env.BASE_URL;

async function server() {
  if (!on_mock) return { url: process.env.BASE_URL.replace(/\/$/, ''), stop: async () => undefined };
  const { start_mock } = await import('../../web/console/mock/serve.mjs');
  return start_mock();
}

// All contexts share one session.
function signed_in(url) {
  const value = on_mock ? 'mock' : process.env.SESSION;
  if (!value) throw new Error('BASE_URL needs SESSION, the value of the cookie rapport_session');
  return { cookies: [{ name: 'rapport_session', value, domain: new URL(url).hostname, path: '/', expires: -1, httpOnly: true, secure: false, sameSite: 'Strict' }], origins: [] };
}

export async function start() {
  mkdirSync(output, { recursive: true });
  const serving = await server();
  const browser = await open_browser();
  const storageState = signed_in(serving.url);

  // A page in a language, colour scheme and width; `watch` collects what must not happen.
  const open = async ({ locale = 'en', scheme = 'light', width = 1280, signed = true } = {}) => {
    const context = await browser.newContext({ viewport: { width, height: width < 500 ? 740 : 860 }, locale, colorScheme: scheme, reducedMotion: 'reduce', ...(signed ? { storageState } : {}) });
    await context.addInitScript((wanted) => {
      // What another site's page carries may be given no storage; it has no console in it.
      if (self.origin !== 'null' && self === top) localStorage.getItem('rapport.locale') ?? localStorage.setItem('rapport.locale', wanted);
    }, locale);
    const page = await context.newPage();
    const faults = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      // The browser reports every 4xx of a fetch as an error: those are answers, and tests look at what the page makes of them.
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(message.text());
    });
    return { page, faults, go: (to) => page.goto(`${serving.url}/console${to}`), close: () => context.close() };
  };

  const api = async (page, target, options = {}) =>
    page.evaluate(async ([at, init]) => (await fetch(at, { ...init, headers: { 'X-Rapport-Request': '1', 'Content-Type': 'application/json', ...init.headers } })).json().catch(() => undefined), [target, options]);

  return {
    url: serving.url,
    mock: on_mock ? serving : undefined,
    open,
    api,
    stop: async () => {
      await browser.close();
      await serving.stop();
    },
  };
}

export const shot = (page, name) => page.screenshot({ path: path.join(output, `${name}.png`), fullPage: true });
