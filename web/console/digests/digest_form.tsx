// Makes a digest, or changes when one goes out. What it collects stays.
import { useState } from 'preact/hooks';
import { patch, post } from '../../sdk/client';
import type { Category, Digest, NoticeKind } from '../../sdk/types';
import { SelectField, TextField } from '../../ui/field';
import { locales } from '../../ui/locales';
import { locale, t } from '../../ui/text';
import { say } from '../../ui/toast';
import { category_name } from '../customers/preferences';
import { kind_name } from '../notices/words';
import { useSending } from '../sending';
import { Form, FormFoot } from '../shell/form';

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
const intervals = ['hour', 'day', 'week'] as const;

export function weekday_name(day: (typeof weekdays)[number]): string {
  const monday = Date.UTC(2024, 0, 1);
  return new Intl.DateTimeFormat(locales[locale.value].tag, { weekday: 'long', timeZone: 'UTC' }).format(monday + weekdays.indexOf(day) * 86_400_000);
}

interface DigestFormProps {
  one: Digest | undefined;
  kinds: NoticeKind[];
  categories: Category[];
  on_cancel: () => void;
  on_done: () => void;
}

// Legal notices, registered ones and those that ask for an answer go out each on its own.
const can_wait = (kind: NoticeKind): boolean => kind.class !== 'legal' && kind.delivery === 'plain' && !kind.answers && !kind.retired && kind.name !== 'digest';

export function DigestForm({ one, kinds, categories, on_cancel, on_done }: DigestFormProps) {
  const [name, set_name] = useState(one?.name ?? '');
  const [what, set_what] = useState('');
  const [every, set_every] = useState<string>(one?.every ?? 'day');
  const [at, set_at] = useState(one?.at ?? '08:00');
  const [weekday, set_weekday] = useState<string>(one?.weekday ?? 'monday');
  const [zone, set_zone] = useState(one?.zone ?? '');
  const sending = useSending(['/name', '/kind', '/category', '/every', '/at', '/weekday', '/zone']);
  const submit = () => {
    if (!one && !what) return sending.find({ '/kind': t('digests.choose') });
    return sending.send(async () => {
      const when = { every, ...(every === 'hour' ? {} : { at }), ...(every === 'week' ? { weekday } : {}) };
      const [sort, which] = what.split(':');
      if (one) await patch(`/v1/digests/${one.id}`, { name, ...when, zone: zone.trim() });
      else await post('/v1/digests', { name, [sort!]: which, ...when, ...(zone.trim() ? { zone: zone.trim() } : {}) });
      say(t('digests.saved'));
      on_done();
    });
  };
  const choices = [
    { value: '', label: '–' },
    ...categories.filter((category) => category.class !== 'legal' && !category.retired).map((category) => ({ value: `category:${category.name}`, label: t('digests.of_category', { name: category_name(categories, category.name) }) })),
    ...kinds.filter(can_wait).map((kind) => ({ value: `kind:${kind.name}`, label: t('digests.of_kind', { name: kind_name(kind, kind.name) }) })),
  ];
  return (
    <Form sending={sending} on_submit={() => void submit()}>
      <TextField id="digest-name" label={t('digests.name')} value={name} on_change={set_name} error={sending.errors['/name']} maxlength={200} focus />
      {!one && <SelectField id="digest-what" label={t('digests.what')} value={what} options={choices} on_change={set_what} error={sending.errors['/kind'] ?? sending.errors['/category']} />}
      <div class="columns">
        <SelectField id="digest-every" label={t('again.every')} value={every} options={intervals.map((value) => ({ value, label: t(`digests.every_${value}`) }))} on_change={set_every} error={sending.errors['/every']} />
        {every === 'week' && <SelectField id="digest-weekday" label={t('digests.on')} value={weekday} options={weekdays.map((value) => ({ value, label: weekday_name(value) }))} on_change={set_weekday} error={sending.errors['/weekday']} />}
        {every !== 'hour' && <TextField id="digest-at" type="time" label={t('digests.at')} direction="ltr" value={at} on_change={set_at} error={sending.errors['/at']} />}
      </div>
      <TextField id="digest-zone" label={t('digests.zone')} hint={t('digests.zone_hint')} optional direction="ltr" placeholder="Europe/Rome" value={zone} on_change={set_zone} error={sending.errors['/zone']} maxlength={64} />
      <FormFoot sending={sending} go={t('action.save')} on_cancel={on_cancel} />
    </Form>
  );
}
