// What customers are asked after a resolution: of everybody, and otherwise for a mailbox or a site of the chat.
import { useState } from 'preact/hooks';
import { get, put, remove } from '../../../sdk/client';
import type { Mailbox } from '../../../sdk/conversations';
import type { ChatSite, RatingScale, RatingSettings, ScopedRatingSettings } from '../../../sdk/ratings';
import type { Page } from '../../../sdk/types';
import { Dialog } from '../../../ui/dialog';
import { Check, NumberField, SelectField, TextArea } from '../../../ui/field';
import { is_locale, locale_names, locales } from '../../../ui/locales';
import { t } from '../../../ui/text';
import { say } from '../../../ui/toast';
import { error_at } from '../../problems';
import { useResource } from '../../resource';
import { act, useSending } from '../../sending';
import { may } from '../../session';
import { AreaFrame } from '../../shell/area_frame';
import { Form, FormFoot } from '../../shell/form';
import { Loaded } from '../../shell/listing';

interface All {
  settings: ScopedRatingSettings[];
  places: { scope: string; name: string }[];
}
const usual: RatingSettings = { on: true, delay_s: 3600, scale: 'stars', locales: [], question: {}, again_after_days: 30, changeable_days: 14 };

async function load(signal: AbortSignal): Promise<All> {
  const [settings, boxes, sites] = await Promise.all([get<Page<ScopedRatingSettings>>('/v1/rating-settings', { signal }), get<Page<Mailbox>>('/v1/mailboxes', { signal }), get<Page<ChatSite>>('/v1/chat-sites', { signal })]);
  return { settings: settings.items, places: [{ scope: 'organisation', name: t('rating_settings.organisation') }, ...boxes.items.filter((one) => !one.retired).map((one) => ({ scope: one.id, name: one.name })), ...sites.items.filter((one) => !one.retired).map((one) => ({ scope: one.id, name: t('rating_settings.site', { name: one.name }) }))] };
}

export default function RatingSettingsPage() {
  const all = useResource<All>(load, []);
  const [editing, edit] = useState<{ scope: string; name: string; settings: RatingSettings }>();
  return (
    <AreaFrame narrow title={t('rating_settings.title')}>
      <p class="muted">{t('rating_settings.text')}</p>
      <Loaded from={all} rows={3}>
        {({ settings, places }) => (
          <ul class="card lines">
            {places.map(({ scope, name }) => {
              const own = settings.find((one) => one.scope === scope);
              return (
                <li key={scope} class="row apart">
                  <span class="grow"><strong><bdi>{name}</bdi></strong><span class="small muted block">{summary(own, scope)}</span></span>
                  {may('mailboxes.manage') && (
                    <span class="row">
                      <button type="button" class="button small" onClick={() => edit({ scope, name, settings: own ?? settings.find((one) => one.scope === 'organisation') ?? usual })}>{t('action.edit')}</button>
                      {own && scope !== 'organisation' && <button type="button" class="button small" onClick={() => void act(() => remove(`/v1/rating-settings/${scope}`), t('rating_settings.saved')).then(() => all.reload())}>{t('rating_settings.inherit')}</button>}
                    </span>
                  )}
                </li>
              );
            })}
          </ul>
        )}
      </Loaded>
      {editing && <Edit key={editing.scope} {...editing} on_close={() => edit(undefined)} on_done={all.reload} />}
    </AreaFrame>
  );
}

function summary(own: ScopedRatingSettings | undefined, scope: string): string {
  if (!own) return t(scope === 'organisation' ? 'rating_settings.off' : 'rating_settings.inherited');
  if (!own.on) return t('rating_settings.off');
  return t('rating_settings.summary', { scale: t(`rating_settings.${own.scale}`), minutes: Math.round(own.delay_s / 60), days: own.again_after_days });
}

function Edit({ scope, name, settings, on_close, on_done }: { scope: string; name: string; settings: RatingSettings; on_close: () => void; on_done: () => void }) {
  const [on, set_on] = useState(settings.on);
  const [minutes, set_minutes] = useState(String(Math.round(settings.delay_s / 60)));
  const [scale, set_scale] = useState<RatingScale>(settings.scale);
  const [spoken, set_spoken] = useState<string[]>(settings.locales);
  const [question, set_question] = useState(settings.question);
  const [again, set_again] = useState(String(settings.again_after_days));
  const [changeable, set_changeable] = useState(String(settings.changeable_days));
  const sending = useSending(['/delay_s', '/again_after_days', '/changeable_days', '/question']);
  const { errors } = sending;
  const submit = () =>
    sending.send(async () => {
      const said = Object.fromEntries(Object.entries(question).filter(([, text]) => text.trim()));
      await put(`/v1/rating-settings/${scope}`, { on, delay_s: Math.round(Number(minutes) * 60), scale, locales: spoken, question: said, again_after_days: Number(again), changeable_days: Number(changeable) });
      say(t('rating_settings.saved'));
      on_close();
      on_done();
    });
  const asked = locale_names.filter((one) => !spoken.length || spoken.includes(one));
  return (
    <Dialog title={name} on_close={on_close} wide>
      <Form sending={sending} on_submit={() => void submit()}>
        <Check id="rating-on" checked={on} on_change={set_on} label={t('rating_settings.on')} hint={t('rating_settings.on_hint')} />
        <div class="columns">
          <SelectField id="rating-scale" label={t('rating_settings.scale')} value={scale} options={(['stars', 'thumbs'] as const).map((one) => ({ value: one, label: t(`rating_settings.${one}`) }))} on_change={(value) => set_scale(value as RatingScale)} />
          <NumberField fraction id="rating-delay" label={t('rating_settings.delay')} value={minutes} on_change={set_minutes} error={error_at(errors, '/delay_s')} />
        </div>
        <div class="columns">
          <NumberField id="rating-again" label={t('rating_settings.again')} value={again} on_change={set_again} error={error_at(errors, '/again_after_days')} />
          <NumberField id="rating-changeable" label={t('rating_settings.changeable')} value={changeable} on_change={set_changeable} error={error_at(errors, '/changeable_days')} />
        </div>
        <fieldset class="stack tight">
          <legend>{t('rating_settings.languages')}</legend>
          <div class="row">{locale_names.map((one) => <Check key={one} id={`rating-locale-${one}`} checked={spoken.includes(one)} on_change={(yes) => set_spoken(yes ? [...spoken, one] : spoken.filter((other) => other !== one))} label={locales[one].name} />)}</div>
          <p class="hint">{t('rating_settings.languages_hint')}</p>
        </fieldset>
        {asked.filter(is_locale).map((one) => (
          <TextArea key={one} id={`rating-question-${one}`} label={t('rating_settings.question', { language: locales[one].name })} optional rows={2} maxlength={300} value={question[one] ?? ''} on_change={(text) => set_question({ ...question, [one]: text })} error={error_at(errors, `/question/${one}`)} />
        ))}
        <FormFoot sending={sending} go={t('action.save')} on_cancel={on_close} />
      </Form>
    </Dialog>
  );
}
