// The audit log: who did what, on what, when, from where, and how it ended.
import ScrollText from 'icon:scroll-text';
import type { AuditRow } from '../../sdk/types';
import { Empty, Failed, Loading } from '../../ui/blank';
import { is_key, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { usePaged } from '../paged';
import { base } from '../router';
import { More } from '../shell/more';
import { Head } from '../shell/page';

export function Audit() {
  const list = usePaged<AuditRow>('/v1/audit', {}, () => false);
  const items = list.items.value;
  return (
    <>
      <Head title={t('area.audit')}>
        <button type="button" class="button" onClick={() => void list.load()}>
          {t('action.reload')}
        </button>
      </Head>
      {!items ? (
        list.error.value ? <Failed text={list.error.value} retry={() => void list.load()} /> : <Loading />
      ) : !items.length ? (
        <Empty icon={ScrollText} title={t('audit.none')} />
      ) : (
        <div class="table-frame" tabIndex={0} role="region" aria-label={t('area.audit')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('audit.when')}</th>
                <th scope="col">{t('audit.who')}</th>
                <th scope="col">{t('audit.what')}</th>
                <th scope="col">{t('audit.subject')}</th>
                <th scope="col">{t('audit.from')}</th>
                <th scope="col">{t('audit.outcome')}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((row) => (
                <Line key={row.id} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <More list={list} />
    </>
  );
}

function Line({ row }: { row: AuditRow }) {
  const outcome = `outcome.${row.outcome}`;
  const verb = `did.${row.verb}`;
  return (
    <tr>
      <td class="nowrap"><Moment at={row.at} /></td>
      <td><bdi>{row.actor_name || t('audit.system')}</bdi></td>
      <td>{is_key(verb) ? t(verb) : <code>{row.verb}</code>}</td>
      <td class="small"><Subject subject={row.subject} /></td>
      <td class="small"><bdi class="ltr">{row.remote}</bdi></td>
      <td>
        <span class={`tag ${row.outcome === 'done' ? 'quiet' : 'warning'}`}>{is_key(outcome) ? t(outcome) : row.outcome}</span>
      </td>
    </tr>
  );
}

function Subject({ subject }: { subject: string }) {
  if (subject.startsWith('dlv_')) return <a href={`${base}/deliveries/${subject}`}><code>{subject}</code></a>;
  if (subject.startsWith('cus_')) return <a href={`${base}/customers/${subject}`}><code>{subject}</code></a>;
  return <code>{subject}</code>;
}
