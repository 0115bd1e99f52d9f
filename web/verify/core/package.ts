// The checks on a package, each by its name: the same list with the same verdicts as `rapport verify` (src/evidence/verify_package.cpp;
// tests/golden/packages holds both to it). Nothing here touches the page or the network.
import { equal, text_of_bytes, to_base64, to_hex, utf8, type Bytes } from './bytes';
import { open_cades } from './cades';
import { Trust } from './chain';
import { digest, hmac_sha256 } from './crypto';
import { unstamped, type Unstamped } from './form';
import { key_pem, leaf_hash, note_key, open_checkpoint, parse_consistency, parse_proof, verify_consistency, verify_inclusion, type Checkpoint, type NoteKey } from './log';
import { asic_manifest, evidence_file, file, listed, media_type, proof_file, token_file, type Listed } from './manifest';
import { read_record, type Statement } from './record';
import { minute, time_text, type Time } from './time';
import { verify_token } from './token';
import { read_pem, type Certificate } from './x509';
import { verify_evidence, type Check, type Verified } from './xades';
import { Malformed, read_zip, type Entry } from './zip';

export type { Check } from './xades';

export interface Options {
  roots?: Bytes;        // PEM; absent: the roots that the package carries, and the report says so
  log_key?: Bytes;      // as /log/key shows it
  checkpoint?: Bytes;   // one of the same log that was kept or fetched
  consistency?: Bytes;
  breathe?: () => Promise<void>;  // called between pieces of work, so that a page stays alive; may throw to stop
}

export type Note = 'own_roots' | 'own_log_key' | 'erased' | 'damaged' | 'withheld' | 'no_checkpoint_token';

export interface Evidence {
  file: string;
  number: bigint;
  code: string;
  name: string;
  clause: string;
  time: Time;
  stamped?: Time;
  leaf?: bigint;
  ok: boolean;
  statement: Statement;
}

export interface Report {
  valid: boolean;
  checks: Check[];
  message_identifier: string;
  evidence: Evidence[];
  files: Listed[];          // of the content
  signed_by?: Certificate;
  root?: Certificate;       // the trust anchor
  own_trust: boolean;       // the reader named the roots
  own_log_key: boolean;
  log?: Checkpoint;
  log_key?: NoteKey;
  signed_at?: Time;
  logged_before?: Time;
  stamped_by?: Certificate;
  notes: Note[];
}

interface Record {
  file: string;
  unstamped: Unstamped;
  statement: Statement;
}

const at_once = 8;  // records: while WebCrypto works on one, the next is read
const needed = [file.manifest, file.signature, file.checkpoint, file.log_key, file.roots, file.index];

// Why this record cannot stand here, after `seen`; the order is that of EN 319 522-1 §6.2.
function implausible(seen: Set<string>, now: string): string {
  const had = (...codes: string[]): boolean => codes.some((code) => seen.has(code));
  if ((seen.size === 0) !== (now === 'A1' || now === 'A2')) return seen.size === 0 ? 'the first is not of the submission' : 'a second submission';
  if (had('A2')) return 'something follows a rejected submission';
  if (['C3', 'C4', 'C5'].includes(now) && had('C3', 'C4', 'C5')) return 'a second decision on acceptance';
  if (['D1', 'D2'].includes(now) && !had('C3')) return 'consigned without acceptance';
  if (['D6', 'E1', 'E2'].includes(now) && !had('D1')) return 'handed over without consignment';
  return '';
}

class Verifier {
  private readonly report: Report = { valid: false, checks: [], message_identifier: '', evidence: [], files: [], own_trust: false, own_log_key: false, notes: [] };
  private entries: Entry[] = [];
  private files = new Map<string, Bytes>();
  private digests: Listed[] = [];
  private records: Record[] = [];
  private trust = new Trust([]);

  constructor(private readonly options: Options) {}

  async run(container: Bytes): Promise<Report> {
    if (this.container(container)) {
      this.roots();
      await this.signature();
      await this.manifest();
      await this.evidence();
      if (this.records.length === this.evidence_files().length) {
        this.identifiers();
        this.sequence();
        this.content();
        await this.log();
      }
    }
    this.report.valid = this.report.checks.length > 0 && this.report.checks.every((check) => check.ok);
    return this.report;
  }

  private good(name: string, detail = ''): void {
    this.report.checks.push({ name, ok: true, detail });
  }
  private bad(name: string, detail: string): void {
    this.report.checks.push({ name, ok: false, detail });
  }
  private decide(name: string, problem: string, detail = ''): void {
    if (problem) this.bad(name, problem);
    else this.good(name, detail);
  }
  private async breathe(): Promise<void> {
    await this.options.breathe?.();
  }
  private evidence_files(): Entry[] {
    return this.entries.filter(({ name }) => name.startsWith('evidence/'));
  }

  private container(container: Bytes): boolean {
    try {
      this.entries = read_zip(container);
    } catch (problem) {
      if (!(problem instanceof Malformed)) throw problem;
      this.bad('container', problem.message);
      return false;
    }
    this.files = new Map(this.entries.map(({ name, content }) => [name, content]));
    const [first] = this.entries;
    let problem = '';
    if (first!.name !== file.mimetype || !equal(first!.content, utf8(media_type))) problem = 'It does not begin with the media type of an ASiC-E container.';
    for (const name of needed) if (!this.files.has(name)) problem = `${name} is missing.`;
    for (const { name } of this.entries) if (name.startsWith('META-INF/') && name !== file.manifest && name !== file.signature) problem = `${name} does not belong into a package.`;
    if (!this.evidence_files().length) problem = 'There is no evidence in it.';
    this.decide('container', problem, `${this.entries.length} files`);
    return problem === '';
  }

  private roots(): void {
    this.report.own_trust = this.options.roots !== undefined;
    const roots = read_pem(this.options.roots ?? this.files.get(file.roots)!);
    this.trust = new Trust(roots);
    if (!roots.length) this.bad('trust', 'The certificate cannot be read: it must be PEM or DER.');
    if (!this.report.own_trust) this.report.notes.push('own_roots');
  }

  private async signature(): Promise<void> {
    const opened = await open_cades(this.files.get(file.signature)!, this.files.get(file.manifest)!);
    if (typeof opened === 'string') return this.bad('container_signature', opened);
    const more = read_pem(this.files.get(file.seal) ?? new Uint8Array()).map(({ der }) => der);
    const signer = await this.trust.signer([opened.certificate.der, ...more]);
    if (!signer) return this.bad('container_signature', "The signer's certificate cannot be read.");
    this.report.signed_by = signer.certificate;
    this.report.signed_at = opened.time;
    if (signer.root) this.report.root = signer.root;
    let { problem } = signer;
    if (!problem && !signer.usable) problem = "The signer's certificate is not for seals.";
    if (!problem && (opened.time < signer.valid_from || opened.time > signer.valid_to)) problem = "It was signed when the signer's certificate was not valid.";
    this.decide('container_signature', problem, `${signer.subject}, ${time_text(opened.time)}`);
  }

  private async manifest(): Promise<void> {
    const manifest = this.files.get(file.manifest)!;
    this.digests = await listed(this.entries, () => this.breathe());
    this.report.files = this.digests.filter(({ name }) => name.startsWith('content/'));
    if (equal(asic_manifest(this.digests), manifest)) return this.good('manifest', 'all digests agree');
    const text = latin(manifest);
    for (const { name, digest: value } of this.digests) {
      const at = text.indexOf(`URI="${name}"`);
      if (at < 0) return this.bad('manifest', `${name} is not in the manifest.`);
      const end = text.indexOf('\n', at);
      if (!text.slice(at, end < 0 ? undefined : end).includes(`>${value}<`)) return this.bad('manifest', `${name} was changed: its digest is not the one in the manifest.`);
    }
    this.bad('manifest', 'The manifest names files that are not there, or in another form than Rapport writes.');
  }

  private async evidence(): Promise<void> {
    const files = this.evidence_files();
    const all: Verified[] = [];
    for (let at = 0; at < files.length; at += at_once) {
      await this.breathe();
      all.push(...(await Promise.all(files.slice(at, at + at_once).map(({ content }) => verify_evidence(content, this.trust)))));
    }
    for (const [at, verified] of all.entries()) {
      const { name } = files[at]!;
      for (const check of verified.checks) this.report.checks.push({ ...check, name: `${name}/${check.name}` });
      const ok = verified.checks.every((check) => check.ok);
      const record = read_again(verified);
      if (typeof record === 'string') {
        if (ok) this.bad(`${name}/form`, record);
        continue;
      }
      const { statement, plain } = record;
      const { event } = statement;
      const stamped = verified.stamp?.time;
      const beside = this.files.get(token_file(statement.number));
      const same = beside === undefined ? plain.token === undefined : equal(beside, plain.token);
      if (!same) this.bad(`${name}/time_stamp`, 'The time stamp beside it is not the one in it.');
      this.report.evidence.push({
        file: name, number: statement.number, code: event.label, name: event.name, clause: event.clause, time: statement.event_time, ok: ok && same, statement,
        ...(stamped === undefined ? {} : { stamped }),
      });
      this.records.push({ file: name, unstamped: plain, statement });
    }
  }

  private identifiers(): void {
    const own = this.records[0]!.statement.message_identifier;
    this.report.message_identifier = own;
    const ids = new Set<string>();
    let problem = '';
    for (const { file: name, statement } of this.records) {
      if (statement.message_identifier !== own) problem = `${name} is about another delivery: ${statement.message_identifier}.`;
      else if (ids.has(statement.id)) problem = `${name} stands twice.`;
      else ids.add(statement.id);
    }
    this.decide('message_identifier', problem, own);
  }

  private sequence(): void {
    const seen = new Set<string>();
    let problem = '';
    for (let i = 0; i < this.records.length && !problem; i += 1) {
      const { file: name, statement } = this.records[i]!;
      const expected = BigInt(i + 1);
      const why = implausible(seen, statement.event.label);
      if (statement.number !== expected) problem = `Evidence ${expected} is left out: ${name} says that it is number ${statement.number}.`;
      else if (name !== evidence_file(expected, statement.event)) problem = `${name} is not named as what it is.`;
      else if (i && !equal(statement.previous, digest(this.records[i - 1]!.unstamped.xml))) problem = `${name} does not follow on the evidence before it.`;
      else if (why) problem = `${name}: ${why}.`;
      seen.add(statement.event.label);
    }
    this.decide('sequence', problem, `${this.records.length} records without a gap`);
  }

  private content(): void {
    const content = this.report.files;
    const only = content.length === 1 ? content[0]!.name : '';
    const absent = (note: Note, detail: string): void => {
      this.report.notes.push(note);
      this.good('content', detail);
    };
    if (only === file.erased) return absent('erased', 'erased');
    if (only === file.damaged) return absent('damaged', 'damaged: none in the package');
    if (only === file.withheld) return absent('withheld', 'withheld: none in the package');
    let problem = '';
    let named = false;
    for (const { file: name, statement } of this.records) {
      const { parts } = statement;
      if (!parts.length) continue;
      named = true;
      if (parts.length !== content.length) problem = `${name} speaks of ${parts.length} parts, the package holds ${content.length}.`;
      for (let i = 0; i < parts.length && i < content.length; i += 1) if (content[i]!.digest !== to_base64(parts[i]!.digest)) problem = `${content[i]!.name} is not what ${name} speaks of.`;
    }
    if (!named && !problem) problem = 'No evidence names the content.';
    this.decide('content', problem, `${content.length} parts`);
  }

  private async log(): Promise<void> {
    const key = note_key(this.files.get(file.log_key)!);
    if (typeof key === 'string') return this.bad('checkpoint_signature', key);
    if (this.options.log_key) {
      const given = note_key(this.options.log_key);
      const same = typeof given !== 'string' && given.name === key.name && equal(given.public_key, key.public_key);
      // While a log's key is being rotated, its checkpoints carry the signatures of both.
      const opens = typeof given !== 'string' && typeof open_checkpoint(this.files.get(file.checkpoint)!, given) !== 'string';
      if (!same && !opens) return this.bad('checkpoint_signature', "The package's log key is not the one you gave.");
      this.report.own_log_key = true;
    } else this.report.notes.push('own_log_key');
    if (!equal(this.files.get(file.log_key_pem), utf8(key_pem(key)))) return this.bad('checkpoint_signature', `${file.log_key_pem} is not the key of ${file.log_key}.`);
    const checkpoint = open_checkpoint(this.files.get(file.checkpoint)!, key);
    if (typeof checkpoint === 'string') return this.bad('checkpoint_signature', checkpoint);
    this.report.log = checkpoint;
    this.report.log_key = key;
    this.good('checkpoint_signature', `${checkpoint.origin}, ${checkpoint.size} leaves`);
    this.inclusion(checkpoint);
    await this.checkpoint_time(checkpoint);
    if (this.options.checkpoint) this.consistency(checkpoint, key, this.options.checkpoint);
  }

  private inclusion(checkpoint: Checkpoint): void {
    const places = new Set<bigint>();
    const note = text_of_bytes(checkpoint.note);
    let problem = '';
    for (let i = 0; i < this.records.length && !problem; i += 1) {
      const { file: name, unstamped: plain, statement } = this.records[i]!;
      const bytes = this.files.get(proof_file(statement.number));
      const proof = bytes && parse_proof(bytes);
      if (!proof) problem = `The proof for ${name} is missing or malformed.`;
      else if (proof.checkpoint !== note) problem = `The proof for ${name} is for another checkpoint.`;
      else if (places.has(proof.index)) problem = `${name} has the place of another record in the log.`;
      else if (!verify_inclusion(leaf_hash(hmac_sha256(proof.salt, plain.xml)), proof.index, checkpoint.size, proof.path, checkpoint.root)) problem = `${name} is not in the log at place ${proof.index}.`;
      else this.report.evidence[i]!.leaf = proof.index;
      if (proof) places.add(proof.index);
    }
    this.decide('inclusion', problem, 'all records are in the log');
  }

  private async checkpoint_time(checkpoint: Checkpoint): Promise<void> {
    const token = this.files.get(file.checkpoint_token);
    if (!token) return void this.report.notes.push('no_checkpoint_token');
    const stamp = await verify_token(token, digest(checkpoint.note), this.trust);
    if (typeof stamp === 'string') return this.bad('checkpoint_time_stamp', stamp);
    this.report.logged_before = stamp.time;
    this.report.stamped_by = stamp.signer;
    for (const { file: name, statement } of this.records)
      if (statement.event_time > stamp.time + minute) return this.bad('checkpoint_time_stamp', `${name} claims a time after the checkpoint that holds it.`);
    this.good('checkpoint_time_stamp', `${time_text(stamp.time)}, ${stamp.signer.subject_text}`);
  }

  private consistency(ours: Checkpoint, key: NoteKey, given: Bytes): void {
    const theirs = open_checkpoint(given, key);
    if (typeof theirs === 'string') return this.bad('consistency', `The checkpoint you gave: ${theirs}`);
    const [smaller, larger] = theirs.size < ours.size ? [theirs, ours] : [ours, theirs];
    let path: Bytes[] = [];
    if (smaller.size !== larger.size) {
      const proof = this.options.consistency && parse_consistency(this.options.consistency);
      if (!proof || proof.from !== smaller.size || proof.to !== larger.size)
        return this.bad('consistency', `The checkpoints differ in size: fetch /log/consistency/${smaller.size}/${larger.size} from the log and give it too.`);
      path = proof.path;
    }
    const one_log = verify_consistency(smaller, larger, path);
    this.decide('consistency', one_log ? '' : "The log was rewritten: the package's checkpoint and the one you gave are not of one history.", `${smaller.size} and ${larger.size} leaves are one history`);
  }
}

// What the record says, whether it is true or not.
function read_again({ xml }: Verified): { statement: Statement; plain: Unstamped } | string {
  if (!xml) return 'The record cannot be read.';
  try {
    const statement = read_record(xml.root);
    const plain = unstamped(xml.text);
    return plain ? { statement, plain } : 'The time stamp does not stand where Rapport puts it.';
  } catch (problem) {
    return problem instanceof Error ? problem.message : String(problem);
  }
}

// Bytes as characters of the same number, for searching.
function latin(bytes: Bytes): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 8192) out += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return out;
}

export const verify_package = (container: Bytes, options: Options = {}): Promise<Report> => new Verifier(options).run(container);
export const fingerprint_text = (certificate: Certificate): string => to_hex(certificate.fingerprint).toUpperCase().replace(/(..)(?=.)/g, '$1:');
