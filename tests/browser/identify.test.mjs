// Who is it, in a real browser: to a real identity provider and back (cookies, redirects, policies), somebody else, a delegate, and passkeys
// by Chromium's virtual authenticator, and a client certificate that Chromium presents. On a real server only; it is started here, with the provider
// and an authority configured.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { open_browser } from './browser.mjs';
import { output, shot } from './fixture.mjs';
import { free_port, sign_in, start_server } from './server.mjs';

const skip = !process.env.BASE_URL || !process.env.RAPPORT;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const parts = path.join(path.dirname(fileURLToPath(import.meta.url)), '../identity');
const patience_ms = 20_000;
let server, provider, browser, api, card;

// An authority on openssl: a certificate for the server, and for people.
function make_authority(port) {
  const folder = mkdtempSync(path.join(tmpdir(), 'rapport-card-'));
  const openssl = (...words) => {
    const done = spawnSync('openssl', words, { cwd: folder, encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
  };
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=Test cards', '-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-keyout', 'root.key', '-out', 'root.pem');
  const issue = (name, usage, alternative) => {
    writeFileSync(path.join(folder, `${name}.ext`), `basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=${usage}\nsubjectAltName=${alternative}\n`);
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'root.pem', '-CAkey', 'root.key', '-CAcreateserial', '-days', '30', '-extfile', `${name}.ext`, '-out', `${name}.pem`);
    return { certPath: path.join(folder, `${name}.pem`), keyPath: path.join(folder, `${name}.key`) };
  };
  const own = issue('localhost', 'serverAuth', 'DNS:localhost');
  const config = `
[tls]
certificate = "${own.certPath}"
key = "${own.keyPath}"
certificate_listen = "127.0.0.1:${port}"
certificate_url = "https://localhost:${port}"
[[certificate_authority]]
id = "card"
name = "Test cards"
file = "${path.join(folder, 'root.pem')}"
level = "substantial"
`;
  return { origin: `https://localhost:${port}`, config, of: (address) => issue(address, 'clientAuth', `email:${address}`), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

before(async () => {
  if (skip) return;
  mkdirSync(output, { recursive: true });
  if (!existsSync(path.join(parts, 'node_modules/oidc-provider'))) spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: parts, stdio: 'inherit' });
  const port = await free_port();
  const issuer = `http://127.0.0.1:${port}`;
  card = make_authority(await free_port());
  server = await start_server(process.env.RAPPORT, () => `
[[identity_provider]]
id = "es256"
name = "Test eID"
issuer = "${issuer}"
client_id = "es256"
client_authentication = "none"
acr_low = ["urn:test:low"]
acr_substantial = ["urn:test:substantial"]
private_network = true
${card.config}`);
  const { BASE_URL, SESSION } = await sign_in(server.link);
  const call = async (method, target, body) => {
    const reply = await fetch(BASE_URL + target, { method, headers: { Cookie: `rapport_session=${SESSION}`, 'X-Rapport-Request': '1', 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
    const answer = await reply.json();
    assert.ok(reply.ok, JSON.stringify(answer));
    return answer;
  };
  api = { url: BASE_URL, session: SESSION, call };
  provider = spawn(process.execPath, [path.join(parts, 'provider.mjs'), String(port), `${BASE_URL}/p/sign-in/es256`], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => provider.stdout.once('data', resolve));
  browser = await open_browser();
});
after(async () => {
  await browser?.close();
  provider?.kill();
  await server?.stop();
  card?.remove();
});

async function link_for(address, body) {
  await api.call('POST', '/v1/deliveries', { kind: 'registered', subject: 'Your contract', text: 'Only after acceptance.', ...body });
  return link_in_mail(address);
}
async function link_in_mail(address) {
  const end = Date.now() + patience_ms;
  for (;;) {
    const { items } = await api.call('GET', '/v1/sink/mails?limit=50');
    const found = items.find((one) => one.to === address);
    if (found) return /https?:\/\/[^\s"\\<]+\/p\/[\w-]+/.exec(JSON.stringify(await api.call('GET', `/v1/sink/mails/${found.id}`)))?.[0];
    if (Date.now() > end) throw new Error(`no mail to ${address}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
async function code_for(address) {
  const end = Date.now() + patience_ms;
  for (;;) {
    const { items } = await api.call('GET', '/v1/sink/mails?limit=50');
    const code = items.filter((one) => one.to === address).map((one) => /(?<![\w#])\d{6}(?![\w])/.exec(one.subject)?.[0]).find(Boolean);
    if (code) return code;
    if (Date.now() > end) throw new Error(`no code for ${address}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
async function open(locale, width = 1280, colorScheme = 'light', more = {}) {
  const context = await browser.newContext({ viewport: { width, height: 860 }, locale, colorScheme, reducedMotion: 'reduce', ...more });
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && !/Failed to load resource/.test(message.text()) && faults.push(message.text()));
  return { context, page, faults };
}
async function look(page, name, wrong) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).slice(0, 3)}`));
  await shot(page, name);
  if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) wrong.push(`${name}: wider than the screen`);
  wrong.push(...found.map((text) => `${name}: ${text}`));
}
// From the delivery's page to the provider, through its forms, and back.
async function through(page, address) {
  await page.locator('form[action$="/providers/es256"] button').click();
  await page.waitForURL(/interaction/);
  await page.locator('input[name=login]').fill(address);
  await page.getByRole('button', { name: 'Continue' }).click();
  for (const agree = page.locator('input[name=agree]'); ; ) {
    await page.waitForLoadState();
    if (!page.url().startsWith('http://127.0.0.1')) return;
    if (await agree.count()) await page.getByRole('button', { name: 'Continue' }).click();
  }
}

for (const [locale, width, scheme] of [['en', 1280, 'light'], ['fa', 360, 'light'], ['en', 360, 'dark'], ['fa', 1280, 'dark']])
  test(`an identity provider signs the recipient in, and nobody else: ${locale}, ${width} px, ${scheme}`, { skip, timeout: 120_000 }, async () => {
    const wrong = [];
    const name = `${locale}-${width}-${scheme}`;
    const address = `oidc.${name}@example.org`;
    const link = await link_for(address, { assurance: 'substantial', recipients: [{ email: address, locale }] });
    const { context, page, faults } = await open(locale, width, scheme);
    await page.goto(link);
    await look(page, `identify-landing-${name}`, wrong);
    assert.equal(await page.locator('form[action$="/code"]').count(), 0, 'a code is not sure enough');
    await through(page, 'somebody.else@example.org');
    await look(page, `identify-wrong-person-${name}`, wrong);
    assert.ok(!(await page.content()).includes('Your contract'));
    await page.goto(link);
    await through(page, address);
    const accept = page.locator('form[action$="/acceptance"] button[type=submit]');
    await accept.waitFor();  // the page in between has led on by itself, with the session's strict cookie
    await look(page, `identify-decide-${name}`, wrong);
    await page.locator('a[href$="/delegation"]').click();
    await look(page, `identify-delegation-${name}`, wrong);
    await page.locator('#name').fill('Dora Smith');
    await page.locator('#email').fill(`dora.${name}@example.org`);
    await page.locator('form[action$="/delegation"] button[type=submit]').click();
    await page.getByText('Dora Smith').first().waitFor();
    await look(page, `identify-delegated-${name}`, wrong);
    const other = await open(locale, width, scheme);
    await other.page.goto(await link_in_mail(`dora.${name}@example.org`));
    await look(other.page, `identify-delegate-${name}`, wrong);
    // The sender sees that somebody else tried, and takes the delegation back.
    const { items } = await api.call('GET', `/v1/deliveries?q=${address}`);
    const sender = await open(locale, width, scheme);
    await sender.context.addCookies([{ name: 'rapport_session', value: api.session, url: api.url }]);
    await sender.page.goto(`${api.url}/console/deliveries/${items[0].id}`);
    const named = sender.page.locator('section[aria-labelledby=delegates-title] li');
    await named.getByText('Dora Smith').waitFor();
    await sender.page.locator('.note.warning').first().waitFor();
    await look(sender.page, `identify-sender-${name}`, wrong);
    await named.getByRole('button').click();
    await named.locator('button.danger').click();
    await sender.page.waitForFunction(() => !document.querySelector('section[aria-labelledby=delegates-title] li button'));
    assert.equal((await other.page.reload()).status(), 410);
    await look(other.page, `identify-delegation-over-${name}`, wrong);
    assert.deepEqual(sender.faults, []);
    await sender.context.close();
    await page.goto(link);
    await accept.click();
    await page.goto(`${link}/content`);
    await page.getByText('Only after acceptance.').waitFor();
    assert.deepEqual([...wrong, ...faults, ...other.faults], []);
    await context.close();
    await other.context.close();
  });

for (const locale of ['it', 'th', 'ja', 'ko'])
  test(`the pages fit and can be read by machines: ${locale}`, { skip, timeout: 120_000 }, async () => {
    const wrong = [];
    const address = `pages.${locale}@example.org`;
    const link = await link_for(address, { assurance: 'substantial', recipients: [{ email: address, locale }] });
    const { context, page, faults } = await open(locale, 360);
    await page.goto(link);
    assert.equal(await page.evaluate(() => document.documentElement.lang), locale);
    await look(page, `identify-landing-${locale}`, wrong);
    await through(page, address);
    await page.locator('form[action$="/acceptance"] button[type=submit]').waitFor();
    await look(page, `identify-decide-${locale}`, wrong);
    await page.locator('a[href$="/delegation"]').click();
    await look(page, `identify-delegation-${locale}`, wrong);
    assert.deepEqual([...wrong, ...faults], []);
    await context.close();
  });

for (const [locale, width, scheme] of [['en', 1280, 'light'], ['fa', 360, 'dark']])
  test(`a certificate that the browser presents identifies the recipient, and nobody else: ${locale}, ${width} px, ${scheme}`, { skip, timeout: 120_000 }, async () => {
    const wrong = [];
    const address = `card.${locale}@example.org`;
    const link = await link_for(address, { assurance: 'substantial', recipients: [{ email: address, locale }] });
    const with_card = (of) => open(locale, width, scheme, { ignoreHTTPSErrors: true, ...(of && { clientCertificates: [{ origin: card.origin, ...card.of(of) }] }) });
    const to_card = async (page) => {
      await page.goto(link);
      await page.locator('a[href*="/client-certificate"]').click();
      await page.waitForURL(/client-certificate/);
    };

    const nobody = await with_card();
    await to_card(nobody.page);
    assert.equal(await nobody.page.locator('form').count(), 0, 'no certificate, no form');
    await look(nobody.page, `identify-card-none-${locale}`, wrong);
    const stranger = await with_card('somebody.else@example.org');
    await to_card(stranger.page);
    await stranger.page.locator('form[action$="/client-certificate"] button').click();
    await stranger.page.waitForLoadState();
    await look(stranger.page, `identify-card-stranger-${locale}`, wrong);
    await stranger.page.goto(link);
    assert.equal(await stranger.page.locator('form[action$="/acceptance"]').count(), 0, 'somebody else is let in');

    const { context, page, faults } = await with_card(address);
    await to_card(page);
    assert.equal(await page.evaluate(() => document.documentElement.dir), locale === 'fa' ? 'rtl' : 'ltr');
    assert.ok((await page.content()).includes(address), 'the page says whom the certificate names');
    assert.ok(!(await page.content()).includes('Your contract'));
    await look(page, `identify-card-${locale}`, wrong);
    await page.locator('form[action$="/client-certificate"] button').click();
    const accept = page.locator('form[action$="/acceptance"] button[type=submit]');
    await accept.waitFor();  // back on the first listener, identified
    assert.ok(page.url().startsWith(api.url), page.url());
    await look(page, `identify-card-decide-${locale}`, wrong);
    await accept.click();
    await page.goto(`${link}/content`);
    await page.getByText('Only after acceptance.').waitFor();
    assert.deepEqual([...wrong, ...faults, ...nobody.faults, ...stranger.faults], []);
    for (const one of [context, nobody.context, stranger.context]) await one.close();
  });

test('a passkey is set up after an identification, and stands in for it the next time', { skip, timeout: 120_000 }, async () => {
  const recipients = [{ email: 'passkey@example.org', second_email: 'passkey@home.example' }];
  const { context, page, faults } = await open('en');
  const devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
  const wrong = [];
  await page.goto(await link_for('passkey@example.org', { assurance: 'low', recipients }));
  await page.locator('form[action$="/code"] button').click();
  await page.locator('#code').fill(await code_for('passkey@home.example'));
  await page.keyboard.press('Enter');
  const create = page.locator('form[data-passkey=create] button');
  await create.waitFor();
  const [kept] = await Promise.all([page.waitForResponse((one) => one.request().method() === 'POST' && one.url().endsWith('/passkeys')), create.click()]);
  assert.ok(kept.status() < 400, `${kept.status()}`);
  await page.locator('form[action$="/acceptance"] button[type=submit]').waitFor();
  const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId });
  assert.equal(credentials.length, 1);

  await context.clearCookies();
  const { items } = await api.call('GET', '/v1/customers?q=passkey@example.org');
  const before = await link_in_mail('passkey@example.org');
  await api.call('POST', '/v1/deliveries', { kind: 'registered', subject: 'Your contract', text: 'Only after acceptance.', assurance: 'low', recipients: [{ customer: items[0].id, second_email: 'passkey@home.example' }] });
  let link = before;
  for (const end = Date.now() + patience_ms; link === before; ) {
    assert.ok(Date.now() < end, 'the second invitation');
    link = await link_in_mail('passkey@example.org');
  }
  await page.goto(link);
  const use = page.locator('form[data-passkey=get] button');
  await use.waitFor();
  await look(page, 'identify-passkey-en', wrong);
  const [used] = await Promise.all([page.waitForResponse((one) => one.request().method() === 'POST' && one.url().endsWith('/passkey')), use.click()]);
  assert.ok(used.status() < 400, `${used.status()}`);
  await page.locator('form[action$="/acceptance"] button[type=submit]').click();
  await page.goto(`${link}/content`);
  await page.getByText('Only after acceptance.').waitFor();

  // Without the user's PIN or fingerprint nothing opens.
  await context.clearCookies();
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await page.goto(link);
  await page.locator('form[data-passkey=get] button').click();
  await page.locator('form[data-passkey=get] [role=alert]').waitFor();
  assert.ok(!(await page.content()).includes('Only after acceptance.'));
  assert.deepEqual([...wrong, ...faults], []);
  await context.close();
});
