// What the DNS says about the sending domain, and what it should; the keys that sign mails, with their records to publish.
import { useState } from 'preact/hooks';
import Plus from 'icon:plus';
import { get, post } from '../../sdk/client';
import type { Domain, DomainLine, SigningKey, SigningKeys } from '../../sdk/types';
import { Command } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Choices } from '../../ui/field';
import { is_key, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { useResource } from '../resource';
import { act, useSending } from '../sending';
import { may } from '../session';
import { AreaFrame } from '../shell/area_frame';
import { Form, FormFoot } from '../shell/form';
import { Loaded } from '../shell/listing';
import { Note } from '../shell/note';
import { Sure } from '../shell/sure';

const tones: Record<DomainLine['state'], string> = { good: 'assured', advice: 'quiet', wrong: 'breach', unknown: 'warning' };

export function DomainPage() {
  const domain = useResource<Domain>((signal) => get('/v1/settings/mail/domain', { signal }), []);
  return (
    <AreaFrame
      narrow
      title={t('domain.title')}
      action={
        <button type="button" class="button" onClick={domain.reload}>
          {t('domain.again')}
        </button>
      }
    >
      <Loaded from={domain} rows={5}>
        {(found) => (
          <section class="card" aria-labelledby="records-title">
            <header>
              <h2 id="records-title">
                <bdi class="ltr">{found.domain}</bdi>
              </h2>
            </header>
            <ul class="lines">
              {found.lines.map((line, index) => (
                <Line key={index} line={line} />
              ))}
            </ul>
          </section>
        )}
      </Loaded>
      <Keys on_change={domain.reload} />
    </AreaFrame>
  );
}

function Line({ line }: { line: DomainLine }) {
  const key = `domain.${line.check}`;
  return (
    <li class="stack tight">
      <div class="row apart">
        <strong>{is_key(key) ? t(key) : line.check}</strong>
        <span class={`tag ${tones[line.state]}`}>{t(`domain.state_${line.state}`)}</span>
      </div>
      <Words line={line} />
      {line.name && (
        <dl class="facts">
          <dt>{t('domain.record')}</dt>
          <dd>
            <code class="break">{line.name}</code> <span class="muted small">{line.type}</span>
          </dd>
          <dt>{t('domain.is')}</dt>
          <dd class="stack tight">{line.is.length ? line.is.map((one) => <code key={one} class="break">{one}</code>) : <span class="muted">{t('domain.nothing')}</span>}</dd>
          {line.should_be && (
            <>
              <dt>{t('domain.should_be')}</dt>
              <dd>
                <Command text={line.should_be} />
              </dd>
            </>
          )}
        </dl>
      )}
    </li>
  );
}

// The finding in the reader's language, by its code; `about` is what it names.
function Words({ line }: { line: DomainLine }) {
  const key = `dns.${line.code}`;
  if (!is_key(key)) return <p class="small muted" lang="en" dir="ltr">{line.text}</p>;
  return <p class="small muted">{t(key, { about: line.about ?? '', setting: 'mail.addresses' })}</p>;
}

function Keys({ on_change }: { on_change: () => void }) {
  const keys = useResource<SigningKeys>((signal) => get('/v1/settings/mail/dkim', { signal }), []);
  const [making, set_making] = useState(false);
  const manages = may('settings.manage');
  const verb = async (path: string, done: string) => {
    if (await act(() => post(`/v1/settings/mail/dkim/${path}`), done)) {
      keys.reload();
      on_change();
    }
  };
  return (
    <section class="card" aria-labelledby="dkim-title">
      <header>
        <h2 id="dkim-title">{t('dkim.title')}</h2>
        {manages && (
          <span class="row">
            <button type="button" class="button small" onClick={() => void verb('check', t('dkim.checked'))}>
              {t('dkim.check')}
            </button>
            <button type="button" class="button small" onClick={() => set_making(true)}>
              <Plus size={14} /> {t('dkim.new')}
            </button>
          </span>
        )}
      </header>
      <Loaded from={keys} rows={2}>
        {(found) => (
          <div class="stack">
            {!found.signs && <Note tone="warning">{t('dkim.unsigned')}</Note>}
            <ul class="lines">
              {found.keys.map((key) => (
                <Key key={key.selector} one={key} on_verb={verb} />
              ))}
            </ul>
          </div>
        )}
      </Loaded>
      {making && (
        <NewKey
          on_close={() => set_making(false)}
          on_made={() => {
            set_making(false);
            keys.reload();
            on_change();
          }}
        />
      )}
    </section>
  );
}

const key_tones: Record<SigningKey['state'], string> = { made: 'warning', active: 'assured', retiring: 'quiet', retired: 'quiet' };

function Key({ one, on_verb }: { one: SigningKey; on_verb: (path: string, done: string) => Promise<void> }) {
  const manages = may('settings.manage');
  return (
    <li class="stack tight">
      <div class="row apart">
        <span>
          <strong><bdi class="ltr">{one.selector}</bdi></strong> <span class="muted small ltr">{one.algorithm}</span>
        </span>
        <span class={`tag ${key_tones[one.state]}`}>{t(`dkim.${one.state}`)}</span>
      </div>
      <p class="small muted">
        {t('dkim.made_at')} <Moment at={one.created_at} />
        {one.active_at && (
          <>
            {' · '}
            {t('dkim.active_at')} <Moment at={one.active_at} />
          </>
        )}
        {one.keep_until && one.state === 'retiring' && (
          <>
            {' · '}
            {t('dkim.keep_until')} <Moment at={one.keep_until} exact />
          </>
        )}
      </p>
      {one.problem && <p class="small tone-warning" lang="en" dir="ltr">{one.problem}</p>}
      {one.state !== 'retired' && (
        <dl class="facts">
          <dt>{t('domain.record')}</dt>
          <dd>
            <Command text={one.record_name} />
          </dd>
          <dt>{t('domain.should_be')}</dt>
          <dd>
            <Command text={one.record} />
          </dd>
        </dl>
      )}
      {manages && one.state === 'made' && (
        <div class="row end">
          <Sure label={t('dkim.activate')} sure={t('dkim.activate_sure')} on_sure={() => void on_verb(`${one.selector}/activation`, t('dkim.activated'))} />
          <Sure label={t('dkim.give_up')} sure={t('dkim.give_up_sure')} on_sure={() => void on_verb(`${one.selector}/retirement`, t('dkim.given_up'))} />
        </div>
      )}
      {manages && one.state === 'retiring' && (
        <div class="row end">
          <Sure label={t('dkim.retire')} sure={t('dkim.retire_sure')} on_sure={() => void on_verb(`${one.selector}/retirement`, t('dkim.given_up'))} />
        </div>
      )}
    </li>
  );
}

function NewKey({ on_close, on_made }: { on_close: () => void; on_made: () => void }) {
  const [algorithm, set_algorithm] = useState('rsa');
  const sending = useSending(['/algorithm']);
  const submit = () =>
    sending.send(async () => {
      await post('/v1/settings/mail/dkim', { algorithm });
      on_made();
    });
  return (
    <Dialog title={t('dkim.new')} on_close={on_close}>
      <Form sending={sending} on_submit={() => void submit()}>
        <p class="muted">{t('dkim.new_text')}</p>
        <Choices
          name="algorithm"
          legend={t('keys.algorithm')}
          value={algorithm}
          on_change={set_algorithm}
          error={sending.errors['/algorithm']}
          options={[
            { value: 'rsa', label: 'RSA-2048', hint: t('dkim.rsa_hint') },
            { value: 'ed25519', label: 'Ed25519', hint: t('dkim.ed25519_hint') },
          ]}
        />
        <FormFoot sending={sending} go={t('dkim.make')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
