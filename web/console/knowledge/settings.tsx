// The help centre as a whole: its name, its languages, who has to look before readers see something.
import { useState } from 'preact/hooks';
import ChevronRight from 'icon:chevron-right';
import { put } from '../../sdk/client';
import type { KnowledgeSettings } from '../../sdk/knowledge';
import { Failed, Loading } from '../../ui/blank';
import { Check, SelectField, TextField } from '../../ui/field';
import { is_locale, locale_names, locales } from '../../ui/locales';
import { plain_number } from '../../ui/number';
import { t } from '../../ui/text';
import { say } from '../../ui/toast';
import { useSending } from '../sending';
import { may } from '../session';
import { AreaFrame } from '../shell/area_frame';
import { Form, FormFoot } from '../shell/form';
import { basics, basics_failure, load_basics, useBasics } from './basics';
import { said, WordsFields } from './names';

export default function KnowledgeSettingsPage() {
  const known = useBasics();
  return (
    <AreaFrame narrow title={t('help_settings.title')} action={known?.settings.online && <a class="button" href="/help" target="_blank" rel="noopener">{t('help_settings.open')}</a>}>
      {known ? <SettingsForm key={known.settings.version} settings={known.settings} /> : basics_failure.value ? <Failed text={basics_failure.value} retry={() => void load_basics()} /> : <Loading rows={4} />}
    </AreaFrame>
  );
}

function SettingsForm({ settings }: { settings: KnowledgeSettings }) {
  const [now, set_now] = useState(settings);
  const [days, set_days] = useState(`${settings.review_every_days}`);
  const readonly = !may('knowledge.publish');
  const sending = useSending(['/title', '/intro', '/locales', '/review_every_days']);
  const { errors } = sending;
  const set = (part: Partial<KnowledgeSettings>) => set_now({ ...now, ...part });
  const submit = () => {
    const every = Number(plain_number(days) ?? NaN);
    if (!(Number.isInteger(every) && every >= 0 && every <= 3650)) return sending.find({ '/review_every_days': t('facts.days_wrong') });
    void sending.send(async () => {
      const kept = await put<KnowledgeSettings>('/v1/knowledge/settings', { ...now, title: said(now.title), intro: said(now.intro), review_every_days: every });
      if (basics.value) basics.value = { ...basics.value, settings: kept };
      say(t('kept.saved'));
    });
  };
  const speak = (one: (typeof locale_names)[number], is: boolean) => set({ locales: is ? [...now.locales, one] : now.locales.filter((other) => other !== one) });
  return (
    <Form sending={sending} on_submit={submit}>
      <fieldset class="stack" disabled={readonly}>
        <section class="card stack">
          <Check id="help-online" label={t('help_settings.online')} hint={t('help_settings.online_hint')} checked={now.online} on_change={(online) => set({ online })} />
          <fieldset>
            <legend>{t('help_settings.locales')}</legend>
            <div class="row">{locale_names.map((one) => <Check key={one} id={`help-${one}`} label={locales[one].name} checked={now.locales.includes(one)} disabled={now.locales.length === 1 && now.locales[0] === one} on_change={(is) => speak(one, is)} />)}</div>
          </fieldset>
          <SelectField id="help-main" label={t('help_settings.main')} value={now.locales[0] ?? 'en'} options={now.locales.map((one) => ({ value: one, label: locales[one].name }))} on_change={(one) => is_locale(one) && set({ locales: [one, ...now.locales.filter((other) => other !== one)] })} error={errors['/locales']} />
        </section>
        <section class="card stack">
          <WordsFields id="help-title" text_key="help_settings.name" words={now.title} errors={errors} pointer="/title" most={100} on_change={(title) => set({ title })} />
          <details class="small"><summary><ChevronRight size={14} class="turns" /> {t('help_settings.intros')}</summary>
            <WordsFields id="help-intro" text_key="help_settings.intro" words={now.intro} errors={errors} pointer="/intro" most={500} long optional on_change={(intro) => set({ intro })} />
          </details>
        </section>
        <section class="card stack">
          <Check id="help-review" label={t('help_settings.review')} hint={t('help_settings.review_hint')} checked={now.review_required} on_change={(review_required) => set({ review_required })} />
          <Check id="help-eyes" label={t('help_settings.eyes')} hint={t('help_settings.eyes_hint')} checked={now.four_eyes} on_change={(four_eyes) => set({ four_eyes })} />
          <TextField id="help-days" label={t('help_settings.days')} inputmode="numeric" direction="ltr" hint={t('help_settings.days_hint')} value={days} on_change={set_days} error={errors['/review_every_days']} />
          <Check id="help-feedback" label={t('help_settings.feedback')} hint={t('help_settings.feedback_hint')} checked={now.feedback} on_change={(feedback) => set({ feedback })} />
        </section>
        {!readonly && <FormFoot sending={sending} go={t('action.save')} />}
      </fieldset>
    </Form>
  );
}
