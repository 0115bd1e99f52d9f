// The console: starts language, session and navigation, then shows the page that the address names.
import { render } from 'preact';
import '../ui/tokens.css';
import '../ui/base.css';
import '../ui/components.css';
import './shell/shell.css';
import './pages.css';
import './notices/notices.css';
import './inbox/inbox.css';
import './forms/forms.css';
import './knowledge/knowledge.css';
import { start_locale } from '../ui/text';
import { App } from './app';
import { listen } from './router';
import { ask_session } from './session';

async function start(): Promise<void> {
  listen();
  await Promise.all([start_locale(), ask_session()]);
  render(<App />, document.getElementById('app')!);
}

void start();
