// Why a job does not go on: what somebody must mend, or when it is tried again.
import type { Bulk } from '../../sdk/types';
import { is_key, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { Note } from '../shell/note';
import { FaultLine } from './fault';

export type Trouble = NonNullable<Bulk['trouble']>;

export function TroubleNote({ trouble }: { trouble: Trouble }) {
  const key = `trouble.${trouble.code}`;
  return (
    <Note tone={trouble.stopped ? 'breach' : 'warning'}>
      <strong>{t(trouble.stopped ? 'trouble.stopped' : 'trouble.waits')}</strong>
      <p lang={is_key(key) ? undefined : 'en'}>{is_key(key) ? t(key) : trouble.reason}</p>
      {trouble.faults.map((fault, index) => (
        <p key={index} class="small">
          <FaultLine fault={{ ...fault, field: '' }} />
        </p>
      ))}
      {trouble.next_at && (
        <p class="small muted">
          {t('trouble.next')} <Moment at={trouble.next_at} /> · {t('trouble.attempts', { count: trouble.attempts })}
        </p>
      )}
    </Note>
  );
}
