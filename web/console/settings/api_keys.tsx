// API keys: made with scopes, shown once, revoked.
import { useState } from 'preact/hooks';
import KeyRound from 'icon:key-round';
import Plus from 'icon:plus';
import { get, post, remove } from '../../sdk/client';
import type { ApiKey, NewApiKey, Page } from '../../sdk/types';
import { Empty, Failed, Loading } from '../../ui/blank';
import { Command } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Check, FieldError, TextField } from '../../ui/field';
import { is_key, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { say } from '../../ui/toast';
import { error_at, fields_of, words_for, type FieldErrors } from '../problems';
import { useResource } from '../resource';
import { session } from '../session';
import { Note } from '../shell/note';
import { SettingsFrame } from './frame';

export function permission_name(name: string): string {
  const key = `permission.${name}`;
  return is_key(key) ? t(key) : name;
}

export function ApiKeys() {
  const { value, error, reload } = useResource<Page<ApiKey>>((signal) => get('/v1/api-keys', { signal }), []);
  const [making, set_making] = useState(false);
  const [made, set_made] = useState<NewApiKey>();
  const found = value.value && { items: value.value.items.filter((one) => !one.revoked_at) };
  return (
    <SettingsFrame
      title={t('settings.api_keys')}
      action={
        <button type="button" class="button primary" onClick={() => set_making(true)}>
          <Plus size={16} /> {t('api_keys.new')}
        </button>
      }
    >
      {made && (
        <section class="card stack tight" aria-live="polite">
          <h2>{t('api_keys.made')}</h2>
          <p>{t('api_keys.once')}</p>
          <Command text={made.key} />
          <div class="row end">
            <button type="button" class="button" onClick={() => set_made(undefined)}>{t('api_keys.kept')}</button>
          </div>
        </section>
      )}
      {!found ? (
        error.value ? <Failed text={error.value} retry={reload} /> : <Loading rows={3} />
      ) : !found.items.length ? (
        <Empty icon={KeyRound} title={t('api_keys.none')}>
          <p>{t('api_keys.none_text')}</p>
        </Empty>
      ) : (
        <ul class="card lines">
          {found.items.map((one) => (
            <Line key={one.id} one={one} on_change={reload} />
          ))}
        </ul>
      )}
      {making && (
        <NewKey
          on_close={() => set_making(false)}
          on_made={(key) => {
            set_making(false);
            set_made(key);
            reload();
          }}
        />
      )}
    </SettingsFrame>
  );
}

function Line({ one, on_change }: { one: ApiKey; on_change: () => void }) {
  const [asking, set_asking] = useState(false);
  const revoke = async () => {
    try {
      await remove(`/v1/api-keys/${one.id}`);
      say(t('api_keys.revoked'));
      on_change();
    } catch (failure) {
      say(words_for(failure), 'bad');
    }
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
      {asking ? (
        <span class="row">
          <button type="button" class="button small danger" onClick={() => void revoke()}>{t('api_keys.revoke_sure')}</button>
          <button type="button" class="button small" onClick={() => set_asking(false)}>{t('action.cancel')}</button>
        </span>
      ) : (
        <button type="button" class="button small" onClick={() => set_asking(true)}>{t('api_keys.revoke')}</button>
      )}
    </li>
  );
}

function NewKey({ on_close, on_made }: { on_close: () => void; on_made: (key: NewApiKey) => void }) {
  const [name, set_name] = useState('');
  const [scopes, set_scopes] = useState<string[]>(['deliveries.read', 'deliveries.send']);
  const [errors, set_errors] = useState<FieldErrors>({});
  const [failure, set_failure] = useState<string>();
  const [busy, set_busy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    set_busy(true);
    try {
      on_made(await post<NewApiKey>('/v1/api-keys', { name, scopes }));
    } catch (error) {
      set_errors(fields_of(error));
      set_failure(words_for(error));
      set_busy(false);
    }
  };
  return (
    <Dialog title={t('api_keys.new')} on_close={on_close}>
      <form class="stack" noValidate onSubmit={submit}>
        {failure && <Note tone="breach">{failure}</Note>}
        <TextField id="key-name" label={t('api_keys.name')} hint={t('api_keys.name_hint')} value={name} on_change={set_name} error={errors['/name']} maxlength={200} focus />
        <fieldset>
          <legend>{t('api_keys.scopes')}</legend>
          {(session.value?.permissions ?? []).map((scope) => (
            <Check key={scope} id={`scope-${scope}`} label={permission_name(scope)} checked={scopes.includes(scope)} on_change={(on) => set_scopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope))} />
          ))}
          <FieldError id="scopes-wrong" error={error_at(errors, '/scopes')} />
        </fieldset>
        <footer class="row end">
          <button type="button" class="button" onClick={on_close}>{t('action.cancel')}</button>
          <button class="button primary" disabled={busy}>{t('api_keys.make')}</button>
        </footer>
      </form>
    </Dialog>
  );
}
