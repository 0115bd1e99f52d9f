// What people can hand on: the certificate in a language, the public verification entry, and the page that verifies packages.
import { useState } from 'preact/hooks';
import Award from 'icon:award';
import ShieldCheck from 'icon:shield-check';
import { get } from '../../sdk/client';
import type { Delivery } from '../../sdk/types';
import { Command } from '../../ui/copy';
import { SelectField } from '../../ui/field';
import { locale_names, locales, type Locale } from '../../ui/locales';
import { Qr } from '../../ui/qr';
import { t } from '../../ui/text';
import { useResource } from '../resource';
import { Loaded } from '../shell/listing';

export function Proof({ delivery }: { delivery: Delivery }) {
  const [language, set_language] = useState<string>(delivery.locale);
  const entry = useResource<{ url: string }>((signal) => get(`/v1/deliveries/${delivery.id}/verification`, { signal }), [delivery.id]);
  return (
    <section class="card stack" aria-labelledby="proof-title">
      <h2 id="proof-title">{t('proof.title')}</h2>
      <div class="proof-certificate">
        <SelectField id="certificate-locale" label={t('proof.language')} value={language} options={locale_names.map((name) => ({ value: name, label: locales[name].name }))} on_change={(name) => set_language(name as Locale)} />
        <a id="certificate" class="button" href={`/v1/deliveries/${delivery.id}/certificate?locale=${language}`} download="">
          <Award size={16} /> {t('proof.certificate')}
        </a>
      </div>
      <Loaded from={entry} rows={1}>
        {({ url }) => (
          <div class="stack tight">
            <h3>{t('proof.entry')}</h3>
            <p class="small muted">{t('proof.entry_text')}</p>
            <Command text={url} />
            <details>
              <summary>{t('proof.qr')}</summary>
              <Qr text={url} label={t('proof.qr_of')} />
            </details>
            <a class="small" href={url} target="_blank" rel="noreferrer">
              {t('proof.open')}
            </a>
          </div>
        )}
      </Loaded>
      <a class="row small" href="/verify" target="_blank" rel="noreferrer">
        <ShieldCheck size={16} /> {t('proof.verify')}
      </a>
    </section>
  );
}
