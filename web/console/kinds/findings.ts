// The engine's findings about a template, by field, each with its line: "line 3: …" of the rule becomes the number.
import { Problem } from '../../sdk/client';
import type { Finding } from '../../ui/code_area';
import { rule_words } from '../problems';

export function findings_at(problem: unknown, pointer: string): Finding[] {
  if (!(problem instanceof Problem)) return [];
  return problem.fields
    .filter((field) => field.pointer === pointer || field.pointer.startsWith(pointer + '/'))
    .map((field) => {
      const placed = /^line (\d+): (.*)$/s.exec(field.rule);
      const below = field.pointer.slice(pointer.length);
      const text = `${below ? below + ' ' : ''}${placed ? `${placed[2]}: ${field.fix}` : rule_words(field).text}`;
      return placed ? { line: Number(placed[1]), text } : { text };
    });
}

// Where JSON ends to be JSON; undefined when it is whole.
export function json_finding(text: string): Finding | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const message = (error as Error).message;
    const line = /line (\d+)/.exec(message)?.[1];
    const position = /position (\d+)/.exec(message)?.[1];
    const found = line ? Number(line) : position ? text.slice(0, Number(position)).split('\n').length : text.split('\n').length;
    return { line: found, text: message };
  }
}
