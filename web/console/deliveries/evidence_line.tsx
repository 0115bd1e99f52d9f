// The vertical line of evidence: each piece with its seal, its time stamp and its place in the log, and how to check it.
import Chevron from 'icon:chevron-right';
import Clock from 'icon:clock';
import FileCode from 'icon:file-code';
import Layers from 'icon:layers';
import BadgeCheck from 'icon:badge-check';
import Hourglass from 'icon:hourglass';
import type { Delivery, Evidence } from '../../sdk/types';
import { Command } from '../../ui/copy';
import type { Icon } from '../../ui/icon';
import { is_key, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { is_waiting } from './states';

const negative = new Set(['A2', 'C2', 'C4', 'C5', 'D2', 'D4', 'E2', 'F2']);

export function EvidenceLine({ delivery }: { delivery: Delivery }) {
  return (
    <section class="card" aria-labelledby="evidence-title">
      <header>
        <h2 id="evidence-title">{t('evidence.title')}</h2>
        <span class="muted small">{t('evidence.count', { count: delivery.evidence.length })}</span>
      </header>
      <ol class="evidence" aria-live="polite">
        {delivery.evidence.map((piece) => (
          <Piece key={piece.id} piece={piece} delivery={delivery} />
        ))}
        {is_waiting(delivery.state) && (
          <li class="evidence-next">
            <span class="evidence-dot" aria-hidden="true" />
            <p class="muted">
              {t('evidence.waiting')} {delivery.accept_until && <Moment at={delivery.accept_until} exact />}
            </p>
          </li>
        )}
      </ol>
    </section>
  );
}

// "A1" is written A.1 in the standard.
export function dotted(code: string): string {
  return code.replace(/^([A-F])(\d)/, '$1.$2');
}

function Piece({ piece, delivery }: { piece: Evidence; delivery: Delivery }) {
  const key = `event.${piece.code}`;
  const bad = negative.has(piece.code);
  return (
    <li class={bad ? 'evidence-bad' : undefined}>
      <span class="evidence-seal" aria-hidden="true">
        {dotted(piece.code)}
      </span>
      <div class="stack tight">
        <div class="row apart">
          <h3>{is_key(key) ? t(key) : piece.name}</h3>
          <span class="small muted"><Moment at={piece.time} exact /></span>
        </div>
        {piece.reasons.map((reason) => (
          <p key={reason.code} class="small">
            <bdi>{reason.details || reason.code}</bdi> {reason.details && <code class="muted">{reason.code}</code>}
          </p>
        ))}
        <ul class="marks">
          <Mark good icon={BadgeCheck} text={t('evidence.sealed')} />
          <Mark good={piece.timestamped} icon={Clock} text={piece.timestamped ? t('evidence.stamped') : t('evidence.stamp_pending')} />
          <Mark
            good={piece.logged}
            icon={Layers}
            text={piece.logged ? (piece.leaf_index === undefined ? t('evidence.logged_short') : t('evidence.logged', { leaf: piece.leaf_index })) : t('evidence.log_pending')}
          />
        </ul>
        <Verify piece={piece} delivery={delivery} />
      </div>
    </li>
  );
}

function Mark({ good, icon: Picture, text }: { good: boolean; icon: Icon; text: string }) {
  return (
    <li class={good ? 'mark tone-assured' : 'mark tone-quiet'}>
      {good ? <Picture size={14} /> : <Hourglass size={14} />} {text}
    </li>
  );
}

function Verify({ piece, delivery }: { piece: Evidence; delivery: Delivery }) {
  return (
    <details>
      <summary class="small">
        <Chevron size={14} /> {t('verify.title')}
      </summary>
      <div class="verify stack tight small">
        <p class="muted">
          <span class="ltr">{piece.name}</span> · {t('verify.clause', { clause: piece.clause })} · <code>{piece.id}</code>
        </p>
        <ul class="bullets">
          <li>{t('verify.seal')}</li>
          <li>{t('verify.stamp')}</li>
          <li>{t('verify.log')}</li>
          {!delivery.qualified && <li>{t('delivery.non_qualified_text')}</li>}
        </ul>
        <Command text={`rapport verify ${delivery.id}.asice`} />
        <a class="row" href={`/v1/deliveries/${delivery.id}/evidence/${piece.id}`} download={`${dotted(piece.code)}-${piece.id}.xml`}>
          <FileCode size={16} /> {t('verify.xml')}
        </a>
      </div>
    </details>
  );
}
