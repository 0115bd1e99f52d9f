// Where mail leaves from, and how many letters a day a new source may take while receivers get to know it.
import { useState } from 'preact/hooks';
import { get, put, remove } from '../../sdk/client';
import type { Source, Sources as AllSources, WarmUp } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { format_number } from '../../ui/format';
import { locale, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { useResource } from '../resource';
import { act, useSending } from '../sending';
import { may } from '../session';
import { Form, FormFoot } from '../shell/form';
import { Loaded } from '../shell/listing';
import { Sure } from '../shell/sure';

const number = (value: number): string => format_number(value, locale.value);

export function Sources() {
  const sources = useResource<AllSources>((signal) => get('/v1/settings/mail/sources', { signal }), []);
  const [planning, set_planning] = useState<string>();
  const end = async (plan: WarmUp) => {
    if (await act(() => remove(`/v1/settings/mail/warm-ups/${encodeURIComponent(plan.source)}`), t('sources.ended'))) sources.reload();
  };
  return (
    <section class="card" aria-labelledby="sources-title">
      <header>
        <h2 id="sources-title">{t('sources.title')}</h2>
      </header>
      <Loaded from={sources} rows={2}>
        {(found) => (
          <ul class="lines">
            {found.sources.map((one) => (
              <Line key={one.name} one={one} plan={found.warm_ups.find((plan) => plan.source === one.name)} on_plan={() => set_planning(one.name)} on_end={end} />
            ))}
          </ul>
        )}
      </Loaded>
      {planning && (
        <Plan
          source={planning}
          on_close={() => set_planning(undefined)}
          on_done={() => {
            set_planning(undefined);
            sources.reload();
          }}
        />
      )}
    </section>
  );
}

function Line({ one, plan, on_plan, on_end }: { one: Source; plan: WarmUp | undefined; on_plan: () => void; on_end: (plan: WarmUp) => Promise<void> }) {
  return (
    <li class="row apart">
      <span class="grow">
        <strong>{one.name === 'mx' ? t('sources.mx') : <bdi class="ltr">{one.name}</bdi>}</strong> {one.away_until && <span class="tag breach">{t('sources.away')}</span>}
        <span class="small muted block">
          {one.cap_today === undefined ? t('sources.sent', { count: one.sent_today }) : t('sources.sent_of', { sent: one.sent_today, cap: one.cap_today })}
        </span>
        {one.trouble && <code class="small muted block">{one.trouble}</code>}
        {plan && (
          <span class="small muted block">
            {t('sources.plan')} <Moment at={plan.started_on} exact />: <bdi class="ltr">{plan.caps.map(number).join(' → ')}</bdi>
          </span>
        )}
      </span>
      {may('settings.manage') && (
        <span class="row">
          <button type="button" class="button small" onClick={on_plan}>
            {plan ? t('action.edit') : t('sources.warm_up')}
          </button>
          {plan && <Sure label={t('sources.end')} sure={t('sources.end_sure')} on_sure={() => void on_end(plan)} />}
        </span>
      )}
    </li>
  );
}

function Plan({ source, on_close, on_done }: { source: string; on_close: () => void; on_done: () => void }) {
  const [caps, set_caps] = useState('50, 100, 500, 1000, 5000, 10000, 20000');
  const sending = useSending(['/caps']);
  const submit = () =>
    sending.send(async () => {
      await put('/v1/settings/mail/warm-ups', { source, caps: caps.split(/[\s,;]+/).filter(Boolean).map(Number) });
      on_done();
    });
  const wrong = sending.errors['/caps'] ?? Object.entries(sending.errors).find(([pointer]) => pointer.startsWith('/caps/'))?.[1];
  return (
    <Dialog title={t('sources.warm_up')} on_close={on_close}>
      <Form sending={sending} on_submit={() => void submit()}>
        <p class="muted">{t('sources.warm_up_text')}</p>
        <TextField id="caps" label={t('sources.caps')} hint={t('sources.caps_hint')} direction="ltr" value={caps} on_change={set_caps} error={wrong} focus />
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
