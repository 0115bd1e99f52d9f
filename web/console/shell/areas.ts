// The areas of the console: what the rail shows, in order; only those that exist and that the viewer may see.
import Deliveries from 'icon:stamp';
import Customers from 'icon:users';
import Outbox from 'icon:send';
import Audit from 'icon:scroll-text';
import Settings from 'icon:settings';
import type { Icon } from '../../ui/icon';
import type { Key } from '../../ui/text';
import { may, type Permission } from '../session';

export interface Area {
  path: string;
  name: Key;
  icon: Icon;
  keys: string;
  permission?: Permission;
}

const areas: Area[] = [
  { path: '/deliveries', name: 'area.deliveries', icon: Deliveries, keys: 'g d', permission: 'deliveries.read' },
  { path: '/customers', name: 'area.customers', icon: Customers, keys: 'g c', permission: 'customers.read' },
  { path: '/outbox', name: 'area.outbox', icon: Outbox, keys: 'g o', permission: 'outbox.read' },
  { path: '/audit', name: 'area.audit', icon: Audit, keys: 'g a', permission: 'audit.read' },
  { path: '/settings/account', name: 'area.settings', icon: Settings, keys: 'g s' },
];

export function visible_areas(): Area[] {
  return areas.filter((area) => !area.permission || may(area.permission));
}

export interface SettingsPage {
  path: string;
  name: Key;
  permission?: Permission;
}
const settings_pages: SettingsPage[] = [
  { path: '/settings/account', name: 'settings.account' },
  { path: '/settings/keys', name: 'settings.keys', permission: 'settings.read' },
  { path: '/settings/mail', name: 'settings.mail', permission: 'settings.read' },
  { path: '/settings/api-keys', name: 'settings.api_keys', permission: 'keys.manage' },
  { path: '/settings/agents', name: 'settings.agents', permission: 'agents.read' },
];

export function visible_settings(): SettingsPage[] {
  return settings_pages.filter((page) => !page.permission || may(page.permission));
}
