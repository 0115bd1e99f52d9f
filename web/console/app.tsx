// Which page stands at which address. Signed out, everything leads to the sign-in page.
import type { ComponentType } from 'preact';
import { useEffect, useErrorBoundary } from 'preact/hooks';
import { Failed } from '../ui/blank';
import { locale, t } from '../ui/text';
import { Toasts } from '../ui/toast';
import { Audit } from './operations/audit';
import { Outbox } from './operations/outbox';
import { CustomerPage } from './customers/customer';
import { Customers } from './customers/customers';
import { DeliveryPage } from './deliveries/delivery';
import { Deliveries } from './deliveries/deliveries';
import { NewDeliveryPage } from './deliveries/new_delivery';
import { start_live, stop_live } from './live';
import { go, match, path, type Parameters } from './router';
import { ask_session, ask_to_sign_in, known } from './session';
import { Account } from './settings/account';
import { Agents } from './settings/agents';
import { ApiKeys } from './settings/api_keys';
import { Keys } from './settings/keys';
import { MailPage } from './settings/mail';
import { NotFound } from './shell/not_found';
import { Shell } from './shell/shell';
import { SetPassword } from './sign-in/set_password';
import { SignIn } from './sign-in/sign_in';

const pages: [pattern: string, page: ComponentType<{ parameters: Parameters }>][] = [
  ['/deliveries', Deliveries],
  ['/deliveries/new', NewDeliveryPage],
  ['/deliveries/:id', DeliveryPage],
  ['/customers', Customers],
  ['/customers/:id', CustomerPage],
  ['/outbox', Outbox],
  ['/audit', Audit],
  ['/settings/keys', Keys],
  ['/settings/mail', MailPage],
  ['/settings/api-keys', ApiKeys],
  ['/settings/agents', Agents],
  ['/settings/account', Account],
];

function Page() {
  for (const [pattern, Found] of pages) {
    const parameters = match(pattern, path.value);
    if (parameters) return <Found key={path.value} parameters={parameters} />;
  }
  return <NotFound />;
}

function Guarded() {
  const [error, reset] = useErrorBoundary();
  useEffect(() => reset(), [path.value]);
  return error ? <Failed text={t('problem.unknown')} retry={reset} /> : <Page />;
}

export function App() {
  const who = known.value;
  const at = path.value;
  const outside = at === '/sign-in';
  useEffect(() => {
    if (who === 'nobody' && !outside) ask_to_sign_in();
    if (who === 'somebody' && at === '/') go('/deliveries', 'replace');
    if (who === 'somebody') start_live();
    else stop_live();
  }, [who, at]);
  useEffect(() => {
    document.documentElement.lang = locale.value;
  }, [locale.value]);
  return (
    <>
      {who === 'unreachable' ? (
        <main class="alone">
          <Failed text={t('problem.no_connection')} retry={() => void ask_session()} />
        </main>
      ) : outside ? (
        <SignIn />
      ) : who !== 'somebody' ? null : at === '/set-password' ? (
        <SetPassword />
      ) : (
        <Shell>
          <Guarded />
        </Shell>
      )}
      <Toasts />
    </>
  );
}
