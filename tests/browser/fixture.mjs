// What browser tests stand on: a server (BASE_URL with SIGN_IN_LINK, or the mock server over web/dist), one browser, and contexts
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

// Signs in once by the one-time link; all contexts share the cookie.
async function signed_in(browser, url) {
  const context = await browser.newContext();
  if (on_mock) await context.addCookies([{ name: 'rapport_session', value: 'mock', url }]);
  else {
    if (!process.env.SIGN_IN_LINK) throw new Error('BASE_URL needs SIGN_IN_LINK, a one-time link');
    const page = await context.newPage();
    await page.goto(process.env.SIGN_IN_LINK);
    await page.waitForFunction(() => !location.pathname.endsWith('/sign-in'));
  }
  const state = await context.storageState({ indexedDB: false });
  await context.close();
  return { cookies: state.cookies, origins: [] };
}

export async function start() {
  mkdirSync(output, { recursive: true });
  const serving = await server();
  const browser = await open_browser();
  const storageState = await signed_in(browser, serving.url);

  // A page in a language, colour scheme and width; `watch` collects what must not happen.
  const open = async ({ locale = 'en', scheme = 'light', width = 1280, signed = true } = {}) => {
    const context = await browser.newContext({ viewport: { width, height: width < 500 ? 740 : 860 }, locale, colorScheme: scheme, reducedMotion: 'reduce', ...(signed ? { storageState } : {}) });
    await context.addInitScript((wanted) => localStorage.getItem('rapport.locale') ?? localStorage.setItem('rapport.locale', wanted), locale);
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
