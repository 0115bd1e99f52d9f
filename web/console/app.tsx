// Which page stands at which address. Signed out, everything leads to the sign-in page.
import type { ComponentType } from 'preact';
import { useEffect, useErrorBoundary } from 'preact/hooks';
import { Failed } from '../ui/blank';
import { locale, t } from '../ui/text';
import { Toasts } from '../ui/toast';
import { BulkPage } from './bulk/bulk';
import { Bulks } from './bulk/bulks';
import { NewBulk } from './bulk/new_bulk';
import { SchedulePage } from './bulk/schedule';
import { Schedules } from './bulk/schedules';
import { Categories } from './digests/categories';
import { Digests } from './digests/digests';
import { CustomerPage } from './customers/customer';
import { Customers } from './customers/customers';
import { DeliveryPage } from './deliveries/delivery';
import { Deliveries } from './deliveries/deliveries';
import { NewDeliveryPage } from './deliveries/new_delivery';
import { KindPage, NewKind } from './kinds/kind';
import { Kinds } from './kinds/kinds';
import { TemplatePage } from './kinds/template';
import { lazy } from './lazy';
import { start_live, stop_live } from './live';
import { DomainPage } from './mail/domain';
import { Failed as FailedMail } from './mail/failed';
import { Inbound } from './mail/inbound';
import { Outbox } from './mail/outbox';
import { Returned } from './mail/returned';
import { Sending } from './mail/sending';
import { Suppressions } from './mail/suppressions';
import { NewNotice } from './notices/new_notice';
import { NoticePage } from './notices/notice';
import { Notices } from './notices/notices';
import { go, match, page_of, path, type Parameters } from './router';
import { ask_session, ask_to_sign_in, known, may, type Permission } from './session';
import { Account } from './settings/account';
import { Agents } from './settings/agents';
import { ApiKeys } from './settings/api_keys';
import { Audit } from './settings/audit';
import { Keys } from './settings/keys';
import { Forbidden } from './shell/forbidden';
import { NotFound } from './shell/not_found';
import { Shell } from './shell/shell';
import { SetPassword } from './sign-in/set_password';
import { SignIn } from './sign-in/sign_in';
import { WebhookPage } from './webhooks/webhook';
import { Webhooks } from './webhooks/webhooks';

// Loaded when it is opened: most of what an agent needs, nothing of what others do.
const InboxPage = lazy(() => import('./inbox/inbox'));
const MailboxesPage = lazy(() => import('./inbox/settings/mailboxes'));
const TeamsPage = lazy(() => import('./inbox/settings/teams'));
const CannedRepliesPage = lazy(() => import('./desk/settings/canned_replies'));
const FieldsPage = lazy(() => import('./desk/settings/fields'));
const FormsPage = lazy(() => import('./forms/forms'));
const FormBuilderPage = lazy(() => import('./forms/builder'));
const AttributesPage = lazy(() => import('./desk/settings/attributes'));
const ViewsPage = lazy(() => import('./desk/settings/views'));
const RulesPage = lazy(() => import('./desk/settings/rules'));
const MacrosPage = lazy(() => import('./desk/settings/macros'));
const LabelsPage = lazy(() => import('./inbox/settings/labels'));
const CalendarsPage = lazy(() => import('./inbox/settings/calendars'));
const PoliciesPage = lazy(() => import('./inbox/settings/policies'));
const ChatSitesPage = lazy(() => import('./inbox/settings/chat_sites'));
const RatingSettingsPage = lazy(() => import('./inbox/settings/ratings'));
const RatingsPage = lazy(() => import('./inbox/ratings/report'));
const RoutingPage = lazy(() => import('./inbox/settings/routing'));
const ArticlesPage = lazy(() => import('./knowledge/articles'));
const ArticlePage = lazy(() => import('./knowledge/article'));
const HelpCategoriesPage = lazy(() => import('./knowledge/categories'));
const ProductsPage = lazy(() => import('./knowledge/products'));
const ArticleFeedbackPage = lazy(() => import('./knowledge/feedback'));
const HelpFilesPage = lazy(() => import('./knowledge/files'));
const HelpSettingsPage = lazy(() => import('./knowledge/settings'));

// The first pattern that fits decides. A page without a permission is everybody's.
const pages: [pattern: string, page: ComponentType<{ parameters: Parameters }>, permission?: Permission][] = [
  ['/inbox', InboxPage, 'conversations.read'],
  ['/inbox/ratings', RatingsPage, 'conversations.read'],
  ['/inbox/:id', InboxPage, 'conversations.read'],
  ['/deliveries', Deliveries, 'deliveries.read'],
  ['/deliveries/new', NewDeliveryPage, 'deliveries.send'],
  ['/deliveries/:id', DeliveryPage, 'deliveries.read'],
  ['/notices', Notices, 'deliveries.read'],
  ['/notices/new', NewNotice, 'deliveries.send'],
  ['/notices/bulk', Bulks, 'deliveries.read'],
  ['/notices/bulk/new', NewBulk, 'deliveries.send'],
  ['/notices/bulk/:id', BulkPage, 'deliveries.read'],
  ['/notices/schedules', Schedules, 'deliveries.read'],
  ['/notices/schedules/:id', SchedulePage, 'deliveries.read'],
  ['/notices/digests', Digests, 'deliveries.read'],
  ['/notices/categories', Categories, 'deliveries.read'],
  ['/notices/kinds', Kinds, 'deliveries.read'],
  ['/notices/kinds/new', NewKind, 'templates.write'],
  ['/notices/kinds/:name', KindPage, 'deliveries.read'],
  ['/notices/templates/:id', TemplatePage, 'deliveries.read'],
  ['/notices/:id', NoticePage, 'deliveries.read'],
  ['/customers', Customers, 'customers.read'],
  ['/customers/:id', CustomerPage, 'customers.read'],
  ['/knowledge', ArticlesPage, 'knowledge.read'],
  ['/knowledge/categories', HelpCategoriesPage, 'knowledge.read'],
  ['/knowledge/products', ProductsPage, 'knowledge.read'],
  ['/knowledge/feedback', ArticleFeedbackPage, 'knowledge.read'],
  ['/knowledge/files', HelpFilesPage, 'knowledge.read'],
  ['/knowledge/settings', HelpSettingsPage, 'knowledge.read'],
  ['/knowledge/:id', ArticlePage, 'knowledge.read'],
  ['/mail/outbox', Outbox, 'outbox.read'],
  ['/mail/failed', FailedMail, 'outbox.read'],
  ['/mail/returned', Returned, 'suppressions.read'],
  ['/mail/suppressions', Suppressions, 'suppressions.read'],
  ['/mail/inbound', Inbound, 'suppressions.read'],
  ['/mail/domain', DomainPage, 'settings.read'],
  ['/mail/sending', Sending, 'settings.read'],
  ['/settings/account', Account],
  ['/settings/mailboxes', MailboxesPage, 'conversations.read'],
  ['/settings/teams', TeamsPage, 'conversations.read'],
  ['/settings/labels', LabelsPage, 'conversations.read'],
  ['/settings/calendars', CalendarsPage, 'conversations.read'],
  ['/settings/promises', PoliciesPage, 'conversations.read'],
  ['/settings/routing', RoutingPage, 'conversations.read'],
  ['/settings/chat-sites', ChatSitesPage, 'conversations.read'],
  ['/settings/ratings', RatingSettingsPage, 'conversations.read'],
  ['/settings/canned-replies', CannedRepliesPage, 'conversations.read'],
  ['/settings/macros', MacrosPage, 'conversations.read'],
  ['/settings/rules', RulesPage, 'conversations.read'],
  ['/settings/views', ViewsPage, 'conversations.read'],
  ['/settings/forms', FormsPage, 'conversations.read'],
  ['/settings/forms/:id', FormBuilderPage, 'conversations.read'],
  ['/settings/fields', FieldsPage, 'conversations.read'],
  ['/settings/attributes', AttributesPage, 'customers.read'],
  ['/settings/keys', Keys, 'settings.read'],
  ['/settings/webhooks', Webhooks, 'webhooks.read'],
  ['/settings/webhooks/:id', WebhookPage, 'webhooks.read'],
  ['/settings/api-keys', ApiKeys, 'keys.manage'],
  ['/settings/agents', Agents, 'agents.read'],
  ['/settings/audit', Audit, 'audit.read'],
];

function Page() {
  for (const [pattern, Found, permission] of pages) {
    const parameters = match(pattern, path.value);
    if (!parameters) continue;
    return permission && !may(permission) ? <Forbidden key={path.value} permission={permission} /> : <Found key={page_of(path.value)} parameters={parameters} />;
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
