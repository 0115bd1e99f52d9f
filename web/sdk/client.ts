// Talks to the API: JSON in and out, problem documents as `Problem`, uploads with progress. The session is a cookie; unsafe
// methods carry a header that other sites' forms cannot send.
import type { FieldProblem, ProblemDocument } from './types';

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: FieldProblem[];
  readonly more: Record<string, unknown>;  // members beyond the usual ones: what stands now, in a conflict
  constructor(document: Partial<ProblemDocument> & { status: number }) {
    super(document.detail ?? document.title ?? `${document.status}`);
    this.status = document.status;
    this.code = document.code ?? 'unknown';
    this.fields = document.fields ?? [];
    this.more = { ...document };
  }
}

export interface CallOptions {
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  keepalive?: boolean;  // it goes out although the page goes
}

const deadline_ms = 30_000;

export function address(path: string, query: CallOptions['query'] = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

export function problem_of(status: number, text: string): Problem {
  try {
    return new Problem({ ...(JSON.parse(text) as Partial<ProblemDocument>), status });
  } catch {
    return new Problem({ status, code: 'no_problem_document', detail: text.slice(0, 200) });
  }
}

export async function call<T>(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', 'X-Rapport-Request': '1', ...options.headers };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), deadline_ms);
  options.signal?.addEventListener('abort', () => limit.abort());
  let reply: Response;
  try {
    reply = await fetch(address(path, options.query), {
      method,
      headers,
      credentials: 'same-origin',
      signal: limit.signal,
      keepalive: options.keepalive ?? false,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    if (!reply.ok) throw problem_of(reply.status, text);
    return (text ? JSON.parse(text) : undefined) as T;
  } catch (error) {
    if (error instanceof Problem || options.signal?.aborted) throw error;
    throw new Problem({ status: 0, code: 'no_connection', detail: 'The server cannot be reached.' });
  } finally {
    clearTimeout(timer);
  }
}

export const get = <T>(path: string, options?: CallOptions): Promise<T> => call<T>('GET', path, undefined, options);
export const post = <T>(path: string, body?: unknown, options?: CallOptions): Promise<T> => call<T>('POST', path, body, options);
export const patch = <T>(path: string, body: unknown, options?: CallOptions): Promise<T> => call<T>('PATCH', path, body, options);
export const put = <T>(path: string, body: unknown, options?: CallOptions): Promise<T> => call<T>('PUT', path, body, options);
export const remove = <T>(path: string, options?: CallOptions): Promise<T> => call<T>('DELETE', path, undefined, options);

export interface Upload<T> {
  done: Promise<T>;
  cancel: () => void;
}

// fetch() cannot report the progress of what is sent; XMLHttpRequest can.
export function upload<T>(path: string, file: Blob, on_progress: (share: number) => void, headers: Record<string, string> = {}): Upload<T> {
  const request = new XMLHttpRequest();
  const done = new Promise<T>((resolve, reject) => {
    request.open('POST', path);
    request.setRequestHeader('X-Rapport-Request', '1');
    for (const [name, value] of Object.entries({ 'Content-Type': file.type || 'application/octet-stream', ...headers })) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => event.lengthComputable && on_progress(event.loaded / event.total);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText) as T);
      else reject(problem_of(request.status, request.responseText));
    };
    request.onerror = () => reject(new Problem({ status: 0, code: 'no_connection' }));
    request.onabort = () => reject(new Problem({ status: 0, code: 'cancelled' }));
    request.send(file);
  });
  return { done, cancel: () => request.abort() };
}
