// Language and colours of the console, as this browser remembers them.
import { signal } from '@preact/signals';
import { chosen_scheme, choose_scheme, type Scheme } from '../../ui/choices';
import { SelectField } from '../../ui/field';
import { is_locale, locale_names, locales } from '../../ui/locales';
import { change_locale, locale, t } from '../../ui/text';

export const scheme = signal<Scheme>(typeof localStorage === 'undefined' ? 'system' : chosen_scheme());

export function set_scheme(wanted: Scheme): void {
  choose_scheme(wanted);
  scheme.value = wanted;
}

export function LanguageMenu() {
  const options = locale_names.map((name) => ({
    value: name,
    label: locales[name].complete ? locales[name].name : t('language.incomplete', { name: locales[name].name }),
  }));
  return <SelectField id="language" label={t('language.label')} value={locale.value} options={options} on_change={(value) => is_locale(value) && void change_locale(value)} />;
}

export function SchemeMenu() {
  const options = (['system', 'light', 'dark'] as const).map((value) => ({ value, label: t(`scheme.${value}`) }));
  return <SelectField id="scheme" label={t('scheme.label')} value={scheme.value} options={options} on_change={(value) => set_scheme(value as Scheme)} />;
}
