// The sites that mail goes to: how fast each takes it now, why it is slower than it could be, and the rules that people set.
import { useEffect, useState } from 'preact/hooks';
import Plus from 'icon:plus';
import { get, put, remove } from '../../sdk/client';
import type { Site, SiteRule, Sites as AllSites } from '../../sdk/types';
import { Dialog } from '../../ui/dialog';
import { Check, NumberField, TextField } from '../../ui/field';
import { format_number } from '../../ui/format';
import { Table } from '../../ui/table';
import { locale, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { useResource } from '../resource';
import { act, useSending } from '../sending';
import { may } from '../session';
import { Form, FormFoot } from '../shell/form';
import { Loaded } from '../shell/listing';
import { Sure } from '../shell/sure';

const refresh_ms = 5_000;
const number = (value: number): string => format_number(value, locale.value);
const limit = (value: number): string => (value ? number(value) : t('sites.unlimited'));

export function Sites() {
  const sites = useResource<AllSites>((signal) => get('/v1/settings/mail/sites', { signal }), []);
  const [rule, set_rule] = useState<SiteRule | 'new'>();
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && !rule && sites.reload(), refresh_ms);
    return () => clearInterval(timer);
  }, [sites.reload, rule]);
  const manages = may('settings.manage');
  const drop = async (one: SiteRule) => {
    if (await act(() => remove(`/v1/settings/mail/sites/rules/${encodeURIComponent(one.match)}`), t('sites.dropped'))) sites.reload();
  };
  return (
    <section class="card stack" aria-labelledby="sites-title">
      <header>
        <h2 id="sites-title">{t('sites.title')}</h2>
        {manages && (
          <button type="button" class="button small" onClick={() => set_rule('new')}>
            <Plus size={14} /> {t('sites.new_rule')}
          </button>
        )}
      </header>
      <Loaded from={sites} rows={3}>
        {(found) => (
          <>
            {found.sites.length ? (
              <Table label={t('sites.state')} heads={[t('sites.site'), t('sites.state'), t('sites.waiting'), t('sites.connections'), t('sites.rate'), t('sites.speed')]}>
                {found.sites.map((one) => (
                  <Row key={one.site} one={one} />
                ))}
              </Table>
            ) : (
              <p class="muted">{t('sites.none')}</p>
            )}
            <Rules title={t('sites.rules')} rules={found.rules} none={t('sites.no_rules')} on_edit={manages ? set_rule : undefined} on_drop={manages ? drop : undefined} />
            <details>
              <summary>{t('sites.stock')}</summary>
              <Rules rules={found.stock} />
            </details>
          </>
        )}
      </Loaded>
      {rule && (
        <RuleDialog
          rule={rule === 'new' ? undefined : rule}
          on_close={() => set_rule(undefined)}
          on_done={() => {
            set_rule(undefined);
            sites.reload();
          }}
        />
      )}
    </section>
  );
}

function Row({ one }: { one: Site }) {
  const slow = one.speed_percent < 100;
  return (
    <tr>
      <td>
        <bdi class="ltr">{one.site}</bdi>
        {one.rule && <span class="small muted block">{t('sites.by_rule')} <bdi class="ltr">{one.rule}</bdi></span>}
      </td>
      <td>
        <span class={`tag ${one.suspended_until || one.silent ? 'breach' : slow ? 'warning' : 'assured'}`}>{t(one.suspended_until ? 'sites.suspended' : one.silent ? 'sites.silent' : slow ? 'sites.slowed' : 'sites.flows')}</span>
        {one.suspended_until && (
          <span class="small muted block">
            {t('suppressions.until')} <Moment at={one.suspended_until} />
          </span>
        )}
        {one.reason && <code class="small muted block">{one.reason}</code>}
      </td>
      <td>{number(one.waiting)}</td>
      <td>
        {number(one.connections)} / {number(one.most_connections)}
      </td>
      <td>{limit(one.rate_per_minute)}</td>
      <td>{number(one.speed_percent)} %</td>
    </tr>
  );
}

interface RulesProps {
  title?: string;
  rules: SiteRule[];
  none?: string;
  on_edit?: ((rule: SiteRule) => void) | undefined;
  on_drop?: ((rule: SiteRule) => void) | undefined;
}

function Rules({ title, rules, none, on_edit, on_drop }: RulesProps) {
  return (
    <div class="stack tight">
      {title && <h3>{title}</h3>}
      {!rules.length && none && <p class="muted">{none}</p>}
      <ul class="lines">
        {rules.map((one) => (
          <li key={one.match} class="row apart">
            <span class="grow">
              <bdi class="ltr">{one.match}</bdi>
              <span class="small muted block">
                {t('sites.rule_connections', { count: one.connections })}
                {' · '}
                {one.rate_per_minute ? t('sites.rule_rate', { count: one.rate_per_minute }) : t('sites.no_rate')}
                {one.mails_per_connection > 0 && <> · {t('sites.rule_mails', { count: one.mails_per_connection })}</>}
                {one.one_site && <> · {t('sites.one_site')}</>}
              </span>
            </span>
            {on_edit && (
              <button type="button" class="button small" onClick={() => on_edit(one)}>
                {t('action.edit')}
              </button>
            )}
            {on_drop && <Sure label={t('sites.drop')} sure={t('sites.drop_sure')} on_sure={() => on_drop(one)} />}
          </li>
        ))}
      </ul>
    </div>
  );
}

function RuleDialog({ rule, on_close, on_done }: { rule: SiteRule | undefined; on_close: () => void; on_done: () => void }) {
  const [match, set_match] = useState(rule?.match ?? '');
  const [connections, set_connections] = useState(String(rule?.connections ?? ''));
  const [rate, set_rate] = useState(String(rule?.rate_per_minute || ''));
  const [mails, set_mails] = useState(String(rule?.mails_per_connection || ''));
  const [one_site, set_one_site] = useState(rule?.one_site ?? false);
  const sending = useSending(['/match', '/connections', '/rate_per_minute', '/mails_per_connection']);
  const submit = () =>
    sending.send(async () => {
      await put('/v1/settings/mail/sites/rules', { match: match.trim(), connections: Number(connections), rate_per_minute: Number(rate), mails_per_connection: Number(mails), one_site });
      on_done();
    });
  return (
    <Dialog title={rule ? t('sites.edit_rule') : t('sites.new_rule')} on_close={on_close}>
      <Form sending={sending} on_submit={() => void submit()}>
        <TextField id="rule-match" label={t('sites.match')} hint={t('sites.match_hint')} direction="ltr" value={match} on_change={set_match} error={sending.errors['/match']} focus={!rule} />
        <div class="columns">
          <NumberField id="rule-connections" label={t('sites.most_connections')} optional value={connections} on_change={set_connections} error={sending.errors['/connections']} />
          <NumberField id="rule-rate" label={t('sites.most_rate')} optional value={rate} on_change={set_rate} error={sending.errors['/rate_per_minute']} />
          <NumberField id="rule-mails" label={t('sites.most_mails')} optional value={mails} on_change={set_mails} error={sending.errors['/mails_per_connection']} />
        </div>
        <Check id="rule-one" label={t('sites.one_site')} hint={t('sites.one_site_hint')} checked={one_site} on_change={set_one_site} />
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
