// Leads to what an identifier names, where the console has a page for it.
import type { ComponentChildren } from 'preact';
import { base } from '../router';

const pages: Record<string, string> = { dlv: '/deliveries', cus: '/customers', cnv: '/inbox', ntc: '/notices', tpl: '/notices/templates', blk: '/notices/bulk', sch: '/notices/schedules', whk: '/settings/webhooks', kar: '/knowledge' };

export function Subject({ subject, children }: { subject: string; children?: ComponentChildren }) {
  const page = pages[subject.split('_')[0]!];
  const shown = children ?? <code>{subject}</code>;
  return page ? <a href={`${base}${page}/${subject}`}>{shown}</a> : <>{shown}</>;
}
