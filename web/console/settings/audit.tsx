// The audit log: who did what, on what, when, from where, and how it ended.
import ScrollText from 'icon:scroll-text';
import type { AuditRow } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { Table } from '../../ui/table';
import { is_key, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { usePaged } from '../paged';
import { AreaFrame } from '../shell/area_frame';
import { Listing } from '../shell/listing';
import { Subject } from '../shell/subject';

export function Audit() {
  const list = usePaged<AuditRow>('/v1/audit', {}, () => false);
  return (
    <AreaFrame
      title={t('area.audit')}
      action={
        <button type="button" class="button" onClick={() => void list.load()}>
          {t('action.reload')}
        </button>
      }
    >
      <Listing list={list} empty={<Empty icon={ScrollText} title={t('audit.none')} />}>
        {(items) => (
          <Table label={t('area.audit')} heads={[t('audit.when'), t('audit.who'), t('audit.what'), t('audit.subject'), t('audit.from'), t('audit.outcome')]}>
            {items.map((row) => (
              <Line key={row.id} row={row} />
            ))}
          </Table>
        )}
      </Listing>
    </AreaFrame>
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

