// One Chromium for all browser tests: the machine's own, driven by playwright-core.
import { chromium } from 'playwright-core';
import { existsSync } from 'node:fs';

const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].filter(Boolean);

export async function open_browser() {
  const executablePath = places.find((place) => existsSync(place));
  if (!executablePath) throw new Error('no Chromium: apt-get install chromium, or set CHROMIUM');
  return chromium.launch({
    executablePath,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}
