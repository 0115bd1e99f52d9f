// Which articles help, and which do not: the worst first, with the reasons; and how whole the help centre is in each language.
import { useMemo } from 'preact/hooks';
import ThumbsUp from 'icon:thumbs-up';
import { get } from '../../sdk/client';
import type { FeedbackReason, KnowledgeOverview, KnowledgeReport } from '../../sdk/knowledge';
import { Empty } from '../../ui/blank';
import { format_number } from '../../ui/format';
import { locales } from '../../ui/locales';
import { Table } from '../../ui/table';
import { locale, t } from '../../ui/text';
import { Moment } from '../../ui/time';
import { base } from '../router';
import { useResource } from '../resource';
import { AreaFrame } from '../shell/area_frame';
import { FilterChips, FilterMenu, filter_of } from '../shell/filters';
import { Loaded } from '../shell/listing';
import { main_locales, useBasics } from './basics';
import { FeedbackList } from './feedback_list';

const periods = ['7', '30', '90', '365'] as const;
const reasons: FeedbackReason[] = ['unclear', 'wrong', 'outdated', 'incomplete', 'other'];
const percent = (share: number): string => `${format_number(Math.round(share * 100), locale.value)} %`;

export default function FeedbackPage() {
  useBasics();
  const days = filter_of('days') ?? '30';
  const language = filter_of('locale');
  const since = useMemo(() => new Date(Date.now() - Number(days) * 86_400_000).toISOString(), [days]);
  const report = useResource<KnowledgeReport>((signal) => get('/v1/knowledge/report', { query: { since, locale: language }, signal }), [since, language]);
  const overview = useResource<KnowledgeOverview>((signal) => get('/v1/knowledge/overview', { signal }), []);
  return (
    <AreaFrame
      title={t('feedback.title')}
      filters={
        <div class="filters">
          <FilterMenu name="days" label={t('feedback.period')} all={t('feedback.days', { count: 30 })} options={periods.filter((one) => one !== '30').map((one) => ({ value: one, label: t('feedback.days', { count: Number(one) }) }))} />
          <FilterMenu name="locale" label={t('language.label')} all={t('knowledge.all_languages')} options={main_locales().map((one) => ({ value: one, label: locales[one].name }))} />
        </div>
      }
    >
      <Loaded from={overview} rows={1}>{(now) => <Coverage overview={now} />}</Loaded>
      <Loaded from={report} rows={3}>{(found) => <Report report={found} />}</Loaded>
      <h2>{t('feedback.words')}</h2>
      <FilterChips name="helped" label={t('feedback.words')} all={t('feedback.all')} options={[{ value: 'false', label: t('feedback.not_helped') }, { value: 'true', label: t('feedback.helped') }]} />
      <FeedbackList query={{ helped: filter_of('helped'), locale: language }} />
    </AreaFrame>
  );
}

function Coverage({ overview }: { overview: KnowledgeOverview }) {
  if (!overview.by_locale.length) return null;
  return (
    <ul class="coverage" aria-label={t('feedback.coverage')}>
      {overview.by_locale.map((one) => (
        <li key={one.locale} class="card">
          <strong lang={one.locale}>{locales[one.locale].name}</strong>
          <span class="small">{t('feedback.published', { count: one.published })}</span>
          <span class="small muted">
            <a href={`${base}/knowledge?locale=${one.locale}&only=missing`}>{t('feedback.missing', { count: one.missing })}</a> · <a href={`${base}/knowledge?locale=${one.locale}&only=outdated`}>{t('feedback.outdated', { count: one.outdated })}</a>
          </span>
        </li>
      ))}
    </ul>
  );
}

function Report({ report }: { report: KnowledgeReport }) {
  const asked = report.helped + report.not_helped;
  if (!asked) return <Empty icon={ThumbsUp} title={t('feedback.nothing')}><p>{t('feedback.nothing_text')}</p></Empty>;
  return (
    <section class="stack tight" aria-label={t('feedback.report')}>
      <p class="feedback-share"><strong>{percent(report.helped / asked)}</strong> {t('feedback.of', { helped: report.helped, asked })}</p>
      <Table label={t('feedback.report')} heads={[t('knowledge.title'), t('language.label'), t('feedback.helped'), t('feedback.not_helped'), t('feedback.share'), t('feedback.why'), t('feedback.last')]}>
        {report.articles.map((one) => (
          <tr key={one.article + one.locale}>
            <td><a href={`${base}/knowledge/${one.article}?locale=${one.locale}&part=feedback`}><bdi lang={one.locale}>{one.title}</bdi></a></td>
            <td>{locales[one.locale].name}</td>
            <td>{format_number(one.helped, locale.value)}</td>
            <td>{format_number(one.not_helped, locale.value)}</td>
            <td class="nowrap"><meter class="feedback-meter" min={0} max={1} value={one.share} aria-label={t('feedback.share')} /> {percent(one.share)}</td>
            <td class="small">{reasons.filter((reason) => one.reasons[reason]).map((reason) => `${t(`feedback_reason.${reason}`)} ${format_number(one.reasons[reason]!, locale.value)}`).join(' · ')}</td>
            <td class="small nowrap"><Moment at={one.last_at} /></td>
          </tr>
        ))}
      </Table>
    </section>
  );
}
