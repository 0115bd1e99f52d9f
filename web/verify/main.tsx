// The verification page: a package goes in, a report comes out; nothing leaves the browser.
import { render } from 'preact';
import '../ui/tokens.css';
import '../ui/base.css';
import './verify.css';
import { Against, Choose } from './choose';
import { AllChecks, Content, Facts, Records, Verdict } from './report';
import { choose_locale, locale, locale_names, locales, start_locale, t } from './text';
import { reset, state, stop } from './work';
import type { Locale } from '../ui/locales';

function Head() {
  return (
    <header class="top">
      <a class="skip" href="#main">{t('page.skip')}</a>
      <p class="brand">Rapport</p>
      <label class="language">
        <span class="away">{t('page.language')}</span>
        <select value={locale.value} onChange={(event) => choose_locale(event.currentTarget.value as Locale)}>
          {locale_names.map((name) => <option key={name} value={name} lang={name}>{locales[name].name}</option>)}
        </select>
      </label>
    </header>
  );
}

function Done() {
  const now = state.value;
  if (now.is !== 'done') return null;
  return (
    <>
      <Verdict report={now.report} milliseconds={now.milliseconds} />
      <p class="verbs">
        <button type="button" class="button" onClick={reset}>{t('drop.again')}</button>
        <button type="button" class="button quiet" onClick={() => window.print()}>{t('verdict.print')}</button>
      </p>
      <Facts report={now.report} file={now.file} />
      <AllChecks report={now.report} />
      <Records report={now.report} />
      <Content report={now.report} />
    </>
  );
}

function Page() {
  const now = state.value;
  return (
    <>
      <Head />
      <main id="main" tabIndex={-1}>
        <h1>{t('page.title')}</h1>
        {now.is !== 'done' && <p class="lead">{t('page.lead')}</p>}
        {now.is === 'checking' && (
          <div class="card" role="status">
            <p>{t('work.checking', { file: now.file })}</p>
            <progress aria-label={t('work.checking', { file: now.file })} />
            <button type="button" class="button quiet" onClick={stop}>{t('work.cancel')}</button>
          </div>
        )}
        {now.is === 'stopped' && <p class="notice" role="status">{t('work.stopped')}</p>}
        {now.is === 'unreadable' && <p class="notice bad" role="alert">{t('work.unreadable', { reason: now.reason })}</p>}
        {now.is !== 'done' && now.is !== 'checking' && <><Choose /><Against /></>}
        <Done />
      </main>
      <footer>{t('page.footer')}</footer>
    </>
  );
}

// A file dropped beside the field must not replace the page.
for (const name of ['dragover', 'drop'] as const) window.addEventListener(name, (event) => event.preventDefault());
start_locale();
render(<Page />, document.getElementById('page')!);
