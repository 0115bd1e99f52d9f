// The keys that stand behind the evidence: seal, time stamps, log; to read out and compare.
import { useEffect } from 'preact/hooks';
import { get } from '../../sdk/client';
import type { KeySettings } from '../../sdk/types';
import { CopyButton } from '../../ui/copy';
import { format_number } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { subscribe } from '../live';
import { useResource } from '../resource';
import { AreaFrame } from '../shell/area_frame';
import { Loaded } from '../shell/listing';
import { Note } from '../shell/note';

export function Keys() {
  const keys = useResource<KeySettings>((signal) => get('/v1/settings/keys', { signal }), []);
  useEffect(() => subscribe((events) => events.some((event) => /^(log|tsa)\./.test(event.kind)) && keys.reload()), [keys.reload]);
  return (
    <AreaFrame narrow title={t('settings.keys')}>
      <Loaded from={keys}>{(found) => <Cards found={found} />}</Loaded>
    </AreaFrame>
  );
}

function Qualified({ yes }: { yes: boolean }) {
  return yes ? <span class="tag assured">{t('keys.qualified')}</span> : <span class="tag quiet">{t('keys.non_qualified')}</span>;
}

function Value({ text }: { text: string }) {
  return (
    <dd class="row nowrap-row">
      <code class="grow break">{text}</code> <CopyButton text={text} />
    </dd>
  );
}

function Cards({ found: { seal, tsa, log } }: { found: KeySettings }) {
  return (
    <>
      {(!seal.qualified || !tsa.qualified) && <Note>{t('delivery.non_qualified_text')}</Note>}
      <section class="card" aria-labelledby="seal-title">
        <header>
          <h2 id="seal-title">{t('keys.seal')}</h2>
          <Qualified yes={seal.qualified} />
        </header>
        <dl class="facts">
          <dt>{t('keys.subject')}</dt>
          <dd><bdi class="ltr">{seal.subject}</bdi></dd>
          <dt>{t('keys.algorithm')}</dt>
          <dd><bdi class="ltr">{seal.algorithm}</bdi></dd>
          <dt>{t('keys.not_after')}</dt>
          <dd>{seal.not_after ? <Moment at={seal.not_after} exact /> : '–'}</dd>
          <dt>{t('keys.fingerprint')}</dt>
          <Value text={seal.fingerprint} />
        </dl>
      </section>
      <section class="card" aria-labelledby="tsa-title">
        <header>
          <h2 id="tsa-title">{t('keys.tsa')}</h2>
          <Qualified yes={tsa.qualified} />
        </header>
        <dl class="facts">
          <dt>{t('keys.tsa_url')}</dt>
          <dd>{tsa.url === 'built-in' ? t('keys.built_in') : <bdi class="ltr">{tsa.url}</bdi>}</dd>
          <dt>{t('keys.waiting')}</dt>
          <dd>{format_number(tsa.waiting ?? 0, locale.value)}</dd>
        </dl>
        {tsa.unreachable_since && (
          <Note tone="warning">
            {t('keys.unreachable')} <Moment at={tsa.unreachable_since} />
          </Note>
        )}
      </section>
      <section class="card" aria-labelledby="log-title">
        <header>
          <h2 id="log-title">{t('keys.log')}</h2>
        </header>
        <dl class="facts">
          <dt>{t('keys.origin')}</dt>
          <dd><bdi class="ltr">{log.origin}</bdi></dd>
          <dt>{t('keys.size')}</dt>
          <dd>{format_number(log.size, locale.value)}</dd>
          {log.checkpoint_size !== undefined && (
            <>
              <dt>{t('keys.checkpoint')}</dt>
              <dd>{format_number(log.checkpoint_size, locale.value)}</dd>
            </>
          )}
          <dt>{t('keys.root')}</dt>
          <Value text={log.root} />
          <dt>{t('keys.public_key')}</dt>
          <Value text={log.public_key} />
        </dl>
      </section>
    </>
  );
}
