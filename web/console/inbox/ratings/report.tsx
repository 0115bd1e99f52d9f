// How content customers were: who asked, how many answered, and only then what they said.
import { useEffect, useState } from 'preact/hooks';
import Star from 'icon:star';
import { get } from '../../../sdk/client';
import type { Rating, RatingFigures, RatingReport } from '../../../sdk/ratings';
import type { Page } from '../../../sdk/types';
import { Empty } from '../../../ui/blank';
import { format_number } from '../../../ui/format';
import { locales } from '../../../ui/locales';
import { locale, t } from '../../../ui/text';
import { Moment } from '../../../ui/time';
import { subscribe } from '../../live';
import { useResource } from '../../resource';
import { base } from '../../router';
import { AreaFrame } from '../../shell/area_frame';
import { Loaded } from '../../shell/listing';
import { Score } from './score';

const groups = ['team', 'agent', 'mailbox', 'week'] as const;
type Group = (typeof groups)[number];
const spans = [7, 30, 90, 365];
const day_ms = 86_400_000;

export default function RatingsPage() {
  const [by, set_by] = useState<Group>('team');
  const [days, set_days] = useState(30);
  const report = useResource<RatingReport>((signal) => get('/v1/ratings/report', { query: { by, from: new Date(Date.now() - days * day_ms).toISOString() }, signal }), [by, days]);
  const said = useResource<Page<Rating>>((signal) => get('/v1/ratings', { query: { limit: 20 }, signal }), []);
  useEffect(
    () =>
      subscribe((events) => {
        if (!events.some((event) => event.kind === 'conversation.rated')) return;
        report.reload();
        said.reload();
      }),
    [by, days],
  );
  const filters = (
    <div class="filters">
      <select class="input" aria-label={t('ratings.by')} value={by} onChange={(event) => set_by(event.currentTarget.value as Group)}>
        {groups.map((one) => <option key={one} value={one} selected={one === by}>{t(`ratings.by_${one}`)}</option>)}
      </select>
      <select class="input" aria-label={t('ratings.span')} value={days} onChange={(event) => set_days(Number(event.currentTarget.value))}>
        {spans.map((one) => <option key={one} value={one} selected={one === days}>{t('ratings.days', { n: one })}</option>)}
      </select>
    </div>
  );
  return (
    <AreaFrame title={t('ratings.title')} filters={filters}>
      <p class="muted">{t('ratings.question')}</p>
      <Loaded from={report} rows={4}>
        {(found) =>
          found.all.asked || found.all.answers ? (
            <div class="table-frame" tabIndex={0} role="region" aria-label={t('ratings.title')}>
              <table>
                <thead><tr><th scope="col">{t(`ratings.by_${by}`)}</th><th scope="col">{t('ratings.good')}</th><th scope="col">{t('ratings.average')}</th><th scope="col">{t('ratings.answers')}</th><th scope="col">{t('ratings.asked')}</th></tr></thead>
                <tbody>
                  {found.items.map((one) => <Line key={one.key} one={one} name={name_of(one, by)} />)}
                  {found.items.length > 1 && <Line one={found.all} name={t('ratings.all')} strong />}
                </tbody>
              </table>
            </div>
          ) : (
            <Empty icon={Star} title={t('ratings.none')}>
              <p>{t('ratings.none_text')}</p>
              <a class="button" href={`${base}/settings/ratings`}>{t('ratings.settings')}</a>
            </Empty>
          )
        }
      </Loaded>
      <Loaded from={said} rows={3}>{({ items }) => (items.length ? <Said items={items} /> : <></>)}</Loaded>
    </AreaFrame>
  );
}

function name_of(one: RatingFigures, by: Group): string {
  if (by === 'week' && one.key) return new Intl.DateTimeFormat(locales[locale.value].tag, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${one.key}T00:00:00Z`));
  return one.name || t('ratings.nobody');
}

// Never a share without the number that it is of.
function Line({ one, name, strong }: { one: RatingFigures; name: string; strong?: boolean }) {
  const percent = new Intl.NumberFormat(locales[locale.value].tag, { style: 'percent' });
  const number = (value: number) => format_number(value, locale.value);
  return (
    <tr data-strong={strong}>
      <th scope="row"><bdi>{name}</bdi></th>
      <td class="nowrap">{one.answers ? t('ratings.share', { share: percent.format(one.good / one.answers), good: number(one.good), n: number(one.answers) }) : '–'}</td>
      <td class="nowrap">{one.answers ? t('ratings.mean', { mean: new Intl.NumberFormat(locales[locale.value].tag, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(one.score_sum / one.answers), n: number(one.answers) }) : '–'}</td>
      <td>{number(one.answers)}</td>
      <td>{number(one.asked)}</td>
    </tr>
  );
}

function Said({ items }: { items: Rating[] }) {
  return (
    <section class="card" aria-labelledby="said-title">
      <h2 id="said-title">{t('ratings.said')}</h2>
      <ul class="lines">
        {items.map((one) => (
          <li key={one.id} class="stack tight">
            <span class="row"><Score rating={one} /> <a href={`${base}/inbox/${one.conversation}`}>#{one.number}</a> <span class="small muted"><Moment at={one.rated_at ?? one.resolved_at} /></span></span>
            {one.comment && <p class="pre" dir="auto">{one.comment}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
