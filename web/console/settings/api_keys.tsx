// API keys: made with scopes, shown once, revoked.
import { useState } from 'preact/hooks';
import KeyRound from 'icon:key-round';
import Plus from 'icon:plus';
import { get, post, remove } from '../../sdk/client';
import type { ApiKey, NewApiKey, Page } from '../../sdk/types';
import { Empty } from '../../ui/blank';
import { Dialog } from '../../ui/dialog';
import { Check, FieldError, TextField } from '../../ui/field';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { permission_name } from '../permissions';
import { error_at } from '../problems';
import { useResource } from '../resource';
import { act, useSending } from '../sending';
import { session } from '../session';
import { AreaFrame } from '../shell/area_frame';
import { Form, FormFoot } from '../shell/form';
import { Loaded } from '../shell/listing';
import { Once } from '../shell/once';
import { Sure } from '../shell/sure';

export function ApiKeys() {
  const keys = useResource<Page<ApiKey>>((signal) => get('/v1/api-keys', { signal }), []);
  const [making, set_making] = useState(false);
  const [made, set_made] = useState<NewApiKey>();
  return (
    <AreaFrame
      narrow
      title={t('settings.api_keys')}
      action={
        <button type="button" class="button primary" onClick={() => set_making(true)}>
          <Plus size={16} /> {t('api_keys.new')}
        </button>
      }
    >
      {made && <Once title={t('api_keys.made')} text={made.key} on_kept={() => set_made(undefined)} />}
      <Loaded from={keys} rows={3}>
        {({ items }) => <Keys items={items.filter((one) => !one.revoked_at)} on_change={keys.reload} />}
      </Loaded>
      {making && (
        <NewKey
          on_close={() => set_making(false)}
          on_made={(key) => {
            set_making(false);
            set_made(key);
            keys.reload();
          }}
        />
      )}
    </AreaFrame>
  );
}

function Keys({ items, on_change }: { items: ApiKey[]; on_change: () => void }) {
  if (!items.length)
    return (
      <Empty icon={KeyRound} title={t('api_keys.none')}>
        <p>{t('api_keys.none_text')}</p>
      </Empty>
    );
  return (
    <ul class="card lines">
      {items.map((one) => (
        <Line key={one.id} one={one} on_change={on_change} />
      ))}
    </ul>
  );
}

function Line({ one, on_change }: { one: ApiKey; on_change: () => void }) {
  const revoke = async () => {
    if (await act(() => remove(`/v1/api-keys/${one.id}`), t('api_keys.revoked'))) on_change();
  };
  return (
    <li class="row apart">
      <span class="grow">
        <strong><bdi>{one.name}</bdi></strong>
        <span class="small muted block">{one.scopes.map(permission_name).join(' · ')}</span>
        <span class="small muted block">
          {one.used_at ? (
            <>
              {t('api_keys.used')} <Moment at={one.used_at} />
            </>
          ) : (
            t('api_keys.never_used')
          )}
        </span>
      </span>
      <Sure label={t('api_keys.revoke')} sure={t('api_keys.revoke_sure')} on_sure={() => void revoke()} />
    </li>
  );
}

function NewKey({ on_close, on_made }: { on_close: () => void; on_made: (key: NewApiKey) => void }) {
  const [name, set_name] = useState('');
  const [scopes, set_scopes] = useState<string[]>(['deliveries.read', 'deliveries.send']);
  const sending = useSending(['/name', '/scopes']);
  const submit = () => sending.send(async () => on_made(await post<NewApiKey>('/v1/api-keys', { name, scopes })));
  return (
    <Dialog title={t('api_keys.new')} on_close={on_close}>
      <Form sending={sending} on_submit={() => void submit()}>
        <TextField id="key-name" label={t('api_keys.name')} hint={t('api_keys.name_hint')} value={name} on_change={set_name} error={sending.errors['/name']} maxlength={200} focus />
        <fieldset>
          <legend>{t('api_keys.scopes')}</legend>
          {(session.value?.permissions ?? []).map((scope) => (
            <Check key={scope} id={`scope-${scope}`} label={permission_name(scope)} checked={scopes.includes(scope)} on_change={(on) => set_scopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope))} />
          ))}
          <FieldError id="scopes-wrong" error={error_at(sending.errors, '/scopes')} />
        </fieldset>
        <FormFoot sending={sending} go={t('api_keys.make')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
