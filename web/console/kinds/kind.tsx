// One kind: what it is, what data it takes, and the versions of its templates in each language.
import { useState } from 'preact/hooks';
import Plus from 'icon:plus';
import Send from 'icon:send';
import { get, patch, post } from '../../sdk/client';
import type { NoticeKind, Page, Template, TemplateVersion } from '../../sdk/types';
import { locale_names, locales, type Locale } from '../../ui/locales';
import { t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { kind_name } from '../notices/words';
import { useResource } from '../resource';
import { base, go, type Parameters } from '../router';
import { act } from '../sending';
import { may } from '../session';
import { Loaded } from '../shell/listing';
import { Head } from '../shell/page';
import { Sure } from '../shell/sure';
import { KindForm } from './kind_form';

const back = () => ({ to: '/notices/kinds', name: t('kinds.title') });

export function NewKind() {
  return (
    <>
      <Head title={t('kinds.new')} back={back()} />
      <KindForm on_done={(made) => go(`/notices/kinds/${made.name}`, 'replace')} on_cancel={() => go('/notices/kinds')} />
    </>
  );
}

export function KindPage({ parameters }: { parameters: Parameters }) {
  const name = parameters.name!;
  const kind = useResource<NoticeKind>((signal) => get(`/v1/kinds/${encodeURIComponent(name)}`, { signal }), [name]);
  const [editing, set_editing] = useState(false);
  const found = kind.value.value;
  return (
    <>
      <Head title={found ? kind_name(found, name) : t('kinds.one')} back={back()}>
        {found && !found.retired && may('deliveries.send') && (
          <a class="button primary" href={`${base}/notices/new?kind=${encodeURIComponent(name)}`}>
            <Send size={16} class="turns" /> {t('notices.new')}
          </a>
        )}
      </Head>
      <Loaded from={kind}>
        {(one) =>
          editing ? (
            <KindForm
              one={one}
              on_cancel={() => set_editing(false)}
              on_done={() => {
                set_editing(false);
                kind.reload();
              }}
            />
          ) : (
            <div class="detail">
              <div class="stack">
                <Templates kind={one} />
                <section class="card" aria-labelledby="schema-title">
                  <header>
                    <h2 id="schema-title">{t('kinds.schema')}</h2>
                  </header>
                  <pre class="code" tabIndex={0} dir="ltr">{JSON.stringify(one.schema, undefined, 2)}</pre>
                </section>
              </div>
              <Facts one={one} on_edit={() => set_editing(true)} on_change={kind.reload} />
            </div>
          )
        }
      </Loaded>
    </>
  );
}

function Facts({ one, on_edit, on_change }: { one: NoticeKind; on_edit: () => void; on_change: () => void }) {
  const retire = async (retired: boolean) => {
    if (await act(() => patch(`/v1/kinds/${one.name}`, { retired }), t('agents.changed'))) on_change();
  };
  return (
    <section class="card stack" aria-labelledby="kind-title">
      <header class="row apart">
        <h2 id="kind-title">{t('kinds.about')}</h2>
        {may('templates.write') && !one.stock && (
          <button type="button" class="button small" onClick={on_edit}>
            {t('action.edit')}
          </button>
        )}
      </header>
      <dl class="facts">
        <dt>{t('kinds.name')}</dt>
        <dd><code>{one.name}</code></dd>
        <dt>{t('class.label')}</dt>
        <dd>
          {t(`class.${one.class}`)}
          <span class="small muted block">{t(`class.${one.class}_hint`)}</span>
        </dd>
        <dt>{t('kinds.category')}</dt>
        <dd><bdi>{one.category}</bdi></dd>
        <dt>{t('kinds.delivery')}</dt>
        <dd>{t(`kind.${one.delivery}`)}</dd>
        {one.assurance && (
          <>
            <dt>{t('delivery.assurance')}</dt>
            <dd>{t(`assurance.${one.assurance}`)}</dd>
          </>
        )}
        {one.urgent && (
          <>
            <dt>{t('kinds.urgent')}</dt>
            <dd>{t('kinds.urgent_hint')}</dd>
          </>
        )}
        <dt>{t('kinds.answer')}</dt>
        <dd>{t(one.answers ? 'kinds.answers' : 'kinds.no_answer')}</dd>
        <dt>{t('kinds.origin')}</dt>
        <dd>{t(one.stock ? 'kinds.stock' : 'kinds.own')}</dd>
      </dl>
      {may('templates.write') && (
        <div class="row end">
          {one.retired ? (
            <button type="button" class="button small" onClick={() => void retire(false)}>
              {t('kinds.wake')}
            </button>
          ) : (
            <Sure label={t('kinds.retire')} sure={t('kinds.retire_sure')} on_sure={() => void retire(true)} />
          )}
        </div>
      )}
    </section>
  );
}

// A new draft in a language: the words of the current version, or of the English one, to begin with.
export async function new_draft(kind: string, locale: Locale, versions: TemplateVersion[]): Promise<string> {
  const from = versions.find((one) => one.locale === locale && one.current) ?? versions.find((one) => one.locale === 'en' && one.current);
  const words = from ? await get<Template>(`/v1/templates/${from.id}`) : { subject: kind, text: '…', html: '', layout: 'letter' };
  const made = await post<Template>('/v1/templates', { kind, locale, subject: words.subject, text: words.text, html: words.html, layout: words.layout, ...(from ? { copied_from: from.id } : {}) });
  return made.version.id;
}

function Templates({ kind }: { kind: NoticeKind }) {
  const versions = useResource<Page<TemplateVersion>>((signal) => get('/v1/templates', { query: { kind: kind.name }, signal }), [kind.name]);
  return (
    <section class="card" aria-labelledby="templates-title">
      <header>
        <h2 id="templates-title">{t('templates.title')}</h2>
      </header>
      <Loaded from={versions}>
        {({ items }) => (
          <ul class="lines">
            {locale_names.map((locale) => (
              <Language key={locale} kind={kind} locale={locale} all={items} />
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}

function Language({ kind, locale, all }: { kind: NoticeKind; locale: Locale; all: TemplateVersion[] }) {
  const versions = all.filter((one) => one.locale === locale);
  const draft = () => act(async () => go(`/notices/templates/${await new_draft(kind.name, locale, all)}`));
  return (
    <li class="stack tight">
      <div class="row apart">
        <strong lang={locale}>{locales[locale].name}</strong>
        {may('templates.write') && (
          <button type="button" class="button small" aria-label={t('templates.new_in', { language: locales[locale].name })} onClick={() => void draft()}>
            <Plus size={14} /> {t('templates.new')}
          </button>
        )}
      </div>
      {!versions.length && <p class="small muted">{t('templates.none')}</p>}
      <ul class="stack tight">
        {versions.map((one) => (
          <li key={one.id} class="row">
            <a href={`${base}/notices/templates/${one.id}`}>{t('templates.version', { number: one.number })}</a>
            <VersionTag one={one} />
            <span class="small muted">
              <Moment at={one.published_at ?? one.changed_at} />
              {one.note && (
                <>
                  {' · '}
                  <bdi>{one.note}</bdi>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </li>
  );
}

export function VersionTag({ one }: { one: TemplateVersion }) {
  if (one.current) return <span class="tag assured">{t('templates.current')}</span>;
  if (one.state === 'draft') return <span class="tag warning">{t('templates.draft')}</span>;
  return <span class="tag quiet">{t(one.stock ? 'kinds.stock' : 'templates.published')}</span>;
}
