// The areas of the console and their pages: what the rail and the tabs show, in order; only what exists and the viewer may see.
import Inbox from 'icon:inbox';
import Knowledge from 'icon:book-open';
import Customers from 'icon:users';
import Deliveries from 'icon:stamp';
import Mail from 'icon:mail';
import Notices from 'icon:bell';
import Settings from 'icon:settings';
import type { Icon } from '../../ui/icon';
import type { Key } from '../../ui/text';
import { may, type Permission } from '../session';

export interface AreaPage {
  path: string;
  name: Key;
  permission?: Permission;
  keys?: string;
}

export interface Area {
  root: string;
  name: Key;
  icon: Icon;
  pages: [AreaPage, ...AreaPage[]];
}

const areas: Area[] = [
  { root: '/inbox', name: 'area.inbox', icon: Inbox, pages: [{ path: '/inbox', name: 'area.inbox', permission: 'conversations.read', keys: 'g i' }, { path: '/inbox/ratings', name: 'ratings.title', permission: 'conversations.read' }] },
  { root: '/deliveries', name: 'area.deliveries', icon: Deliveries, pages: [{ path: '/deliveries', name: 'area.deliveries', permission: 'deliveries.read', keys: 'g d' }] },
  {
    root: '/notices',
    name: 'area.notices',
    icon: Notices,
    pages: [
      { path: '/notices', name: 'area.notices', permission: 'deliveries.read', keys: 'g n' },
      { path: '/notices/bulk', name: 'bulk.title', permission: 'deliveries.read', keys: 'g b' },
      { path: '/notices/schedules', name: 'schedules.title', permission: 'deliveries.read' },
      { path: '/notices/digests', name: 'digests.title', permission: 'deliveries.read' },
      { path: '/notices/categories', name: 'categories.title', permission: 'deliveries.read' },
      { path: '/notices/kinds', name: 'kinds.title', permission: 'deliveries.read', keys: 'g k' },
    ],
  },
  { root: '/customers', name: 'area.customers', icon: Customers, pages: [{ path: '/customers', name: 'area.customers', permission: 'customers.read', keys: 'g c' }] },
  {
    root: '/knowledge',
    name: 'area.knowledge',
    icon: Knowledge,
    pages: [
      { path: '/knowledge', name: 'knowledge.articles', permission: 'knowledge.read', keys: 'g h' },
      { path: '/knowledge/categories', name: 'help_categories.title', permission: 'knowledge.read' },
      { path: '/knowledge/products', name: 'products.title', permission: 'knowledge.read' },
      { path: '/knowledge/feedback', name: 'feedback.title', permission: 'knowledge.read' },
      { path: '/knowledge/files', name: 'help_files.title', permission: 'knowledge.read' },
      { path: '/knowledge/settings', name: 'help_settings.title', permission: 'knowledge.read' },
    ],
  },
  {
    root: '/mail',
    name: 'area.mail',
    icon: Mail,
    pages: [
      { path: '/mail/outbox', name: 'area.outbox', permission: 'outbox.read', keys: 'g o' },
      { path: '/mail/failed', name: 'dead.title', permission: 'outbox.read' },
      { path: '/mail/returned', name: 'returned.title', permission: 'suppressions.read' },
      { path: '/mail/suppressions', name: 'suppressions.title', permission: 'suppressions.read' },
      { path: '/mail/inbound', name: 'inbound.title', permission: 'suppressions.read' },
      { path: '/mail/domain', name: 'domain.title', permission: 'settings.read' },
      { path: '/mail/sending', name: 'sending.title', permission: 'settings.read' },
    ],
  },
  {
    root: '/settings',
    name: 'area.settings',
    icon: Settings,
    pages: [
      { path: '/settings/account', name: 'settings.account', keys: 'g s' },
      { path: '/settings/mailboxes', name: 'mailboxes.title', permission: 'conversations.read' },
      { path: '/settings/teams', name: 'teams.title', permission: 'conversations.read' },
      { path: '/settings/labels', name: 'labels.title', permission: 'conversations.read' },
      { path: '/settings/calendars', name: 'calendars.title', permission: 'conversations.read' },
      { path: '/settings/promises', name: 'policies.title', permission: 'conversations.read' },
      { path: '/settings/routing', name: 'routing.title', permission: 'conversations.read' },
      { path: '/settings/chat-sites', name: 'chat_sites.title', permission: 'conversations.read' },
      { path: '/settings/ratings', name: 'rating_settings.title', permission: 'conversations.read' },
      { path: '/settings/canned-replies', name: 'canned.title', permission: 'conversations.read' },
      { path: '/settings/macros', name: 'macros.title', permission: 'conversations.read' },
      { path: '/settings/rules', name: 'rules.title', permission: 'conversations.read' },
      { path: '/settings/views', name: 'views.title', permission: 'conversations.read' },
      { path: '/settings/forms', name: 'forms.title', permission: 'conversations.read' },
      { path: '/settings/fields', name: 'fields.title', permission: 'conversations.read' },
      { path: '/settings/attributes', name: 'attributes.title', permission: 'customers.read' },
      { path: '/settings/keys', name: 'settings.keys', permission: 'settings.read' },
      { path: '/settings/webhooks', name: 'webhooks.title', permission: 'webhooks.read' },
      { path: '/settings/api-keys', name: 'settings.api_keys', permission: 'keys.manage' },
      { path: '/settings/agents', name: 'settings.agents', permission: 'agents.read' },
      { path: '/settings/audit', name: 'area.audit', permission: 'audit.read', keys: 'g a' },
    ],
  },
];

const is_visible = (page: AreaPage): boolean => !page.permission || may(page.permission);

// The pages of each area that the viewer may see; areas without any are left out.
export function visible_areas(): { area: Area; pages: AreaPage[] }[] {
  return areas.map((area) => ({ area, pages: area.pages.filter(is_visible) })).filter(({ pages }) => pages.length > 0);
}

export function area_of(path: string): { area: Area; pages: AreaPage[] } | undefined {
  return visible_areas().find(({ area }) => path === area.root || path.startsWith(area.root + '/'));
}
