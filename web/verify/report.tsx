// The verdict on top, what it proves, the records, the content, and every check by its name.
import type { ComponentChildren } from 'preact';
import { format_exact, format_moment } from '../ui/format';
import { to_base64, to_hex, from_base64 } from './core/bytes';
import { fingerprint_text, type Check, type Evidence, type Report } from './core/package';
import { date_of, time_text, type Time } from './core/time';
import type { Certificate } from './core/x509';
import { locale, t, word } from './text';
import { failed_first, grouped, is_non_qualified, outcome, sentence } from './verdict';

const Mono = ({ children }: { children: ComponentChildren }) => <code dir="ltr">{children}</code>;

function At({ time }: { time: Time }) {
  return (
    <time dateTime={time_text(time)} title={time_text(time)}>
      {format_moment(date_of(time), locale.value)} <Mono>({time_text(time)})</Mono>
    </time>
  );
}

function Fact({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Named({ certificate }: { certificate: Certificate }) {
  return (
    <>
      <bdi>{certificate.subject_text}</bdi>
      <span class="print">
        {t('facts.fingerprint')} <Mono>{fingerprint_text(certificate)}</Mono>
      </span>
    </>
  );
}

export function Verdict({ report, milliseconds }: { report: Report; milliseconds: number }) {
  const failed = report.checks.filter(({ ok }) => !ok).length;
  const count = report.checks.length;
  return (
    <section class={report.valid ? 'verdict good' : 'verdict bad'} aria-labelledby="verdict" role="status">
      <h2 id="verdict">
        <span class="mark" aria-hidden="true">{report.valid ? '✓' : '✕'}</span> {t(report.valid ? 'verdict.valid' : 'verdict.not_valid')}
      </h2>
      <p>{report.valid ? t('verdict.valid_text', { count }) : t('verdict.not_valid_text', { failed, count })}</p>
      {!report.valid && report.evidence.length === 0 && <p>{t('verdict.not_package')}</p>}
      {report.valid && !report.own_trust && <p>{t('verdict.own_roots_text')}</p>}
      {report.signed_by && <p class="label">{t(is_non_qualified(report) ? 'verdict.non_qualified' : 'verdict.qualified_unknown')}</p>}
      <p class="muted small">{t('work.done', { milliseconds: Math.round(milliseconds) })}</p>
    </section>
  );
}

export function Facts({ report, file }: { report: Report; file: string }) {
  const { log, root, signed_by } = report;
  return (
    <section class="card" aria-labelledby="facts">
      <h2 id="facts">{t('facts.title')}</h2>
      <dl>
        {report.valid && <Fact label={t('facts.outcome')}>{word(outcome(report))}</Fact>}
        <Fact label={t('facts.file')}><bdi>{file}</bdi></Fact>
        {report.message_identifier && <Fact label={t('facts.delivery')}><Mono>{report.message_identifier}</Mono></Fact>}
        {signed_by && <Fact label={t('facts.sealed_by')}><Named certificate={signed_by} /></Fact>}
        {report.signed_at !== undefined && <Fact label={t('facts.sealed_at')}><At time={report.signed_at} /></Fact>}
        {root && (
          <Fact label={`${t('facts.anchor')} (${t(report.own_trust ? 'facts.anchor_given' : 'facts.anchor_carried')})`}>
            <Named certificate={root} />
          </Fact>
        )}
        {report.logged_before !== undefined && <Fact label={t('facts.logged_before')}><At time={report.logged_before} /></Fact>}
        {report.stamped_by && <Fact label={t('facts.stamped_by')}><Named certificate={report.stamped_by} /></Fact>}
        {log && (
          <Fact label={t('facts.log')}>
            <Mono>{log.origin}</Mono> <span class="print">{t('facts.log_state', { size: log.size, root: to_base64(log.root) })}</span>
          </Fact>
        )}
      </dl>
      <ul class="notes">
        {report.notes.map((note) => <li key={note}>{t(`note.${note}`)}</li>)}
        <li>{t('note.revocation')}</li>
      </ul>
    </section>
  );
}

function Checks({ checks }: { checks: Check[] }) {
  return (
    <ul class="checks">
      {failed_first(checks).map((check, at) => {
        const key = sentence(check.name);
        return (
          <li key={at} class={check.ok ? 'good' : 'bad'} data-check={check.name} data-ok={String(check.ok)}>
            <span class="mark" aria-hidden="true">{check.ok ? '✓' : '✕'}</span>
            <span>
              <span class="away">{t(check.ok ? 'checks.ok' : 'checks.failed')}: </span>
              {key && <span>{t(key)} </span>}
              <Mono>{check.name.replace(/^evidence\/[^/]+\//, '')}</Mono>
              {check.detail && <span class="detail" lang="en" dir="auto">{check.detail}</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Record({ evidence, checks }: { evidence: Evidence; checks: Check[] }) {
  const failed = checks.filter(({ ok }) => !ok).length;
  const { statement } = evidence;
  return (
    <li class={failed ? 'record bad' : 'record good'}>
      <p class="record-head">
        <span class="code" dir="ltr">{evidence.code}</span> <strong>{word(evidence.code)}</strong> <span class="muted" dir="ltr" lang="en">{evidence.name}</span>
      </p>
      <p><At time={evidence.time} /></p>
      <p class="muted small">
        {t('evidence.sender')}: <bdi>{statement.sender.name || statement.sender.identifier}</bdi> · {t('evidence.recipient')}: <bdi>{statement.recipient.name || statement.recipient.identifier}</bdi>
        {statement.delegate && <> · {t('evidence.delegate')}: <bdi>{statement.delegate.name || statement.delegate.identifier}</bdi></>}
      </p>
      <p class="muted small">
        {evidence.leaf !== undefined && <>{t('evidence.place', { place: evidence.leaf })} · </>}
        {evidence.stamped === undefined ? t('evidence.not_stamped') : t('evidence.stamped', { time: format_exact(date_of(evidence.stamped), locale.value) })}
      </p>
      <details open={failed > 0}>
        <summary>{failed ? t('evidence.failed', { failed, count: checks.length }) : t('evidence.checks', { count: checks.length })}</summary>
        <Checks checks={checks} />
      </details>
    </li>
  );
}

export function Records({ report }: { report: Report }) {
  const { records } = grouped(report.checks);
  if (!records.length) return null;
  return (
    <section class="card" aria-labelledby="records">
      <h2 id="records">{t('evidence.title')}</h2>
      <ol class="records">
        {records.map(({ file, checks }) => {
          const evidence = report.evidence.find((one) => one.file === file);
          if (evidence) return <Record key={file} evidence={evidence} checks={checks} />;
          return (
            <li key={file} class="record bad">
              <p><Mono>{file}</Mono></p>
              <Checks checks={checks} />
            </li>
          );
        })}
      </ol>
    </section>
  );
}

export function Content({ report }: { report: Report }) {
  if (!report.files.length) return null;
  const absent = report.notes.some((note) => ['erased', 'damaged', 'withheld'].includes(note));
  return (
    <section class="card" aria-labelledby="content">
      <h2 id="content">{t('content.title')}</h2>
      {absent ? (
        <p>{t('content.none')}</p>
      ) : (
        <ul class="files">
          {report.files.map(({ name, digest }) => (
            <li key={name}>
              <bdi>{name.replace(/^content\//, '')}</bdi>
              <span class="print">SHA-256 <Mono>{to_hex(from_base64(digest) ?? new Uint8Array())}</Mono></span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

export function AllChecks({ report }: { report: Report }) {
  return (
    <section class="card" aria-labelledby="checks">
      <h2 id="checks">{t('checks.title')}</h2>
      <Checks checks={grouped(report.checks).package_checks} />
    </section>
  );
}
