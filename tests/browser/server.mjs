// A real server in demo mode with a fresh database, and a session on it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const free_port = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

// A demo server; answers when it has printed its one-time link. `config_of`: the text of a configuration for its port.
export async function start_server(program, config_of) {
  const folder = mkdtempSync(path.join(tmpdir(), 'rapport-browser-'));
  const port = await free_port();
  const more = [];
  if (config_of) {
    const file = path.join(folder, 'rapport.toml');
    writeFileSync(file, config_of(port));
    more.push('--config', file);
  }
  const child = spawn(program, ['serve', '--demo', '--data', path.join(folder, 'data'), '--listen', `127.0.0.1:${port}`, ...more], { stdio: ['ignore', 'pipe', 'ignore'] });
  const link = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (part) => {
      text += part;
      const found = /https?:\S+#token=\S+/.exec(text);
      if (found) resolve(found[0]);
    });
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const stop = async () => {
    child.removeAllListeners('exit');
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { link, stop };
}

export async function sign_in(link) {
  const { origin } = new URL(link);
  const reply = await fetch(`${origin}/v1/session/link`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Rapport-Request': '1' }, body: JSON.stringify({ token: link.split('token=')[1] }) });
  const session = /rapport_session=([^;]+)/.exec(reply.headers.get('set-cookie') ?? '')?.[1];
  if (!session) throw new Error(`signing in by the one-time link failed: ${reply.status}`);
  return { BASE_URL: origin, SESSION: session };
}
