// Chains of certificates (RFC 5280 §6): from a signer to one of the roots that the reader believes in.
import { equal, to_hex, type Bytes } from './bytes';
import type { Time } from './time';
import { read_certificate, signed_with, time_stamping, usage, type Certificate } from './x509';

// What is found out once about a signer's certificate; the same for every record of the same key.
export interface Signer {
  certificate: Certificate;
  subject: string;
  problem: string;   // of the chain; empty: leads to a root
  usable: boolean;   // its key usage allows seals
  valid_from: Time;  // when the whole chain is valid
  valid_to: Time;
  root?: Certificate;
}

const longest = 8;

function is_issuer(of: Certificate, candidate: Certificate): boolean {
  if (!equal(of.issuer, candidate.subject)) return false;
  return !of.authority_key || !candidate.subject_key || of.authority_key === candidate.subject_key;
}

function problem_of_authority(certificate: Certificate, below: number): string {
  if (!certificate.ca?.yes) return 'invalid CA certificate';
  if (certificate.key_usage !== undefined && !(certificate.key_usage & usage.cert_sign)) return 'key usage does not include certificate signing';
  if (certificate.ca.path !== undefined && below > certificate.ca.path) return 'path length constraint exceeded';
  return '';
}

export class Trust {
  private readonly signers = new Map<string, Promise<Signer | undefined>>();
  constructor(readonly roots: Certificate[]) {}

  // Own certificate first, DER. Undefined when one cannot be read.
  signer(chain: Bytes[]): Promise<Signer | undefined> {
    const name = chain.map(to_hex).join();
    let found = this.signers.get(name);
    if (!found) {
      if (this.signers.size > 64) this.signers.clear();
      this.signers.set(name, (found = this.look_at(chain)));
    }
    return found;
  }

  private async look_at(chain: Bytes[]): Promise<Signer | undefined> {
    const read = chain.map(read_certificate);
    const own = read[0];
    if (!own || read.some((one) => !one) || own.key.kind === 'other') return undefined;
    const { key_usage } = own;
    const usable = !own.ca?.yes && (key_usage === undefined || (key_usage & (usage.digital_signature | usage.non_repudiation)) !== 0);
    const signer: Signer = { certificate: own, subject: own.subject_text, problem: '', usable, valid_from: own.not_before, valid_to: own.not_after };
    await this.build(signer, own, read.slice(1) as Certificate[]);
    return signer;
  }

  private async build(signer: Signer, own: Certificate, others: Certificate[]): Promise<void> {
    const path = [own];
    const fail = (problem: string): void => void (signer.problem = problem);
    for (let at = own; ; ) {
      if (at.unknown_critical) return fail('unhandled critical extension');
      const self_signed = equal(at.issuer, at.subject);
      if (self_signed && this.roots.some((root) => equal(root.der, at.der))) break;
      const next = this.roots.find((one) => is_issuer(at, one)) ?? others.find((one) => is_issuer(at, one) && !path.includes(one));
      if (!next || (self_signed && next === at)) return fail(!self_signed ? 'unable to get local issuer certificate' : at === own ? 'self-signed certificate' : 'self-signed certificate in certificate chain');
      if (path.length >= longest) return fail('certificate chain too long');
      const problem = problem_of_authority(next, path.length - 1);
      if (problem) return fail(problem);
      if (!(await signed_with(next.key, at.algorithm, at.signature, at.signed))) return fail('certificate signature failure');
      path.push(next);
      at = next;
    }
    for (const one of path) {
      if (one.not_before > signer.valid_from) signer.valid_from = one.not_before;
      if (one.not_after < signer.valid_to) signer.valid_to = one.not_after;
    }
    signer.root = path[path.length - 1]!;
  }
}

// RFC 3161 §2.3: for time stamping alone, and critical; a key usage, if there is one, for signatures alone.
export function is_time_stamper(certificate: Certificate): boolean {
  const { extended, key_usage } = certificate;
  const allowed = usage.digital_signature | usage.non_repudiation;
  if (key_usage !== undefined && ((key_usage & ~allowed) !== 0 || (key_usage & allowed) === 0)) return false;
  return extended !== undefined && extended.critical && extended.uses.length === 1 && extended.uses[0] === time_stamping;
}

