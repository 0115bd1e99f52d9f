// Identity providers: signing in with one, and linking one to my account. The browser leaves for the provider and is sent back here.
import { get, post, Problem, remove } from '../../sdk/client';
import type { LinkedIdentity, Page, Provider } from '../../sdk/types';
import { is_key, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { words_for } from '../problems';
import { useResource } from '../resource';
import { place } from '../router';
import { act, useSending } from '../sending';
import { Note } from '../shell/note';

// What the address says after the way back.
export function ReturnedProblem() {
  const code = place.value.query.get('problem');
  if (!code) return null;
  return <Note tone="breach">{is_key(`problem.${code}`) ? t(`problem.${code}` as Parameters<typeof t>[0]) : words_for(new Problem({ status: 403, code: 'sign_in_failed', detail: t('problem.sign_in_failed') }))}</Note>;
}

function Buttons({ to, of, words }: { to: string; of: Provider[]; words: (name: string) => string }) {
  const sending = useSending();
  const go = async (id: string) => {
    const { url } = await post<{ url: string }>(`${to}/${id}`, {});
    location.assign(url);
  };
  return (
    <>
      {sending.failure && <Note tone="breach">{sending.failure}</Note>}
      {of.map((one) => (
        <button key={one.id} type="button" class="button" disabled={sending.busy} onClick={() => void sending.send(() => go(one.id))}>
          {words(one.name)}
        </button>
      ))}
    </>
  );
}

const providers = (signal: AbortSignal) => get<Page<Provider>>('/v1/sign-in/providers', { signal });

export function SignInWith() {
  const { value } = useResource(providers, []);
  const items = value.value?.items ?? [];
  if (!items.length) return null;
  return <Buttons to="/v1/sign-in/providers" of={items} words={(name) => t('sign_in.with', { name })} />;
}

export function Identities() {
  const known = useResource(providers, []);
  const linked = useResource<Page<LinkedIdentity>>((signal) => get('/v1/agents/me/identities', { signal }), []);
  const items = known.value.value?.items ?? [];
  const unlink = async (id: string) => {
    await act(() => remove(`/v1/agents/me/identities/${id}`), t('identities.unlinked'));
    linked.reload();
  };
  if (!items.length) return null;
  return (
    <section class="card" aria-labelledby="identities-title">
      <header>
        <h2 id="identities-title">{t('identities.title')}</h2>
      </header>
      <p class="muted">{t('identities.text')}</p>
      <ReturnedProblem />
      <ul class="lines">
        {(linked.value.value?.items ?? []).map((one) => (
          <li key={one.id} class="row apart">
            <span class="grow">
              {items.find((provider) => provider.id === one.provider)?.name ?? one.provider}
              <span class="small muted block"><bdi class="ltr">{one.subject}</bdi> · <Moment at={one.created_at} /></span>
            </span>
            <button type="button" class="button small" onClick={() => void unlink(one.id)}>{t('identities.unlink')}</button>
          </li>
        ))}
      </ul>
      <div class="row end">
        <Buttons to="/v1/agents/me/identities" of={items} words={(name) => t('identities.link', { name })} />
      </div>
    </section>
  );
}
