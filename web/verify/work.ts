// One verification at a time: reads the file, checks it in slices so that the page stays alive, can be stopped.
import { signal } from '@preact/signals';
import { verify_package, type Options, type Report } from './core/package';
import { limits } from './core/zip';

export type State =
  | { is: 'idle' }
  | { is: 'checking'; file: string }
  | { is: 'stopped' }
  | { is: 'unreadable'; reason: string }
  | { is: 'done'; file: string; size: number; milliseconds: number; report: Report };

export const state = signal<State>({ is: 'idle' });

export interface Given {
  roots?: File;
  log_key?: File;
  checkpoint?: File;
  consistency?: File;
}
export const given = signal<Given>({});

class Stopped extends Error {}
let run = 0;

export function stop(): void {
  run += 1;
  state.value = { is: 'stopped' };
}
export function reset(): void {
  run += 1;
  state.value = { is: 'idle' };
}

const slice_ms = 30;

// Lets the page paint and hear once a slice of time is used up.
function breather(number: number): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < slice_ms) return;
    await new Promise((go_on) => setTimeout(go_on));
    since = performance.now();
    if (number !== run) throw new Stopped();
  };
}

const bytes_of = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

async function options(number: number): Promise<Options> {
  const out: Options = { breathe: breather(number) };
  for (const [name, file] of Object.entries(given.value) as [keyof Given, File | undefined][]) if (file) out[name] = await bytes_of(file);
  return out;
}

export async function verify(file: File): Promise<void> {
  run += 1;
  const number = run;
  state.value = { is: 'checking', file: file.name };
  try {
    const small = file.size <= limits.container ? file : file.slice(0, limits.container + 1);
    const bytes = new Uint8Array(await small.arrayBuffer());
    const wanted = await options(number);
    const begun = performance.now();
    const report = await verify_package(bytes, wanted);
    if (number === run) state.value = { is: 'done', file: file.name, size: file.size, milliseconds: performance.now() - begun, report };
  } catch (problem) {
    if (number !== run || problem instanceof Stopped) return;
    state.value = { is: 'unreadable', reason: problem instanceof Error ? problem.message : String(problem) };
  }
}
