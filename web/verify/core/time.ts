// Instants in UTC as microseconds since 1970, as src/base/time.cpp reads and writes them (RFC 3339).
export type Time = bigint;

export const second = 1_000_000n;
export const minute = 60n * second;

const floor_div = (a: bigint, b: bigint): bigint => (a < 0n ? -((-a + b - 1n) / b) : a / b);

export function time_of_parts(year: number, month: number, day: number, hour: number, minutes: number, seconds: number): Time | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return BigInt(date.getTime()) * 1000n + BigInt(hour * 3600 + minutes * 60 + seconds) * second;
}

export function time_from_text(text: string): Time | undefined {
  const found = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/.exec(text);
  if (!found || found[0].length !== text.length) return undefined;
  const [year, month, day, hour, minutes, seconds] = found.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const shift_hours = Number(found[9] ?? 0);
  const shift_minutes = Number(found[10] ?? 0);
  if (month < 1 || hour > 23 || minutes > 59 || seconds > 60 || shift_hours > 23 || shift_minutes > 59) return undefined;
  const whole = time_of_parts(year, month, day, hour, minutes, seconds);
  if (whole === undefined) return undefined;
  const fraction = BigInt(`${(found[7] ?? '.0').slice(1)}000000`.slice(0, 6));
  const shift = BigInt(shift_hours * 60 + shift_minutes) * minute;
  return whole + fraction - (found[8] === '-' ? -shift : shift);
}

// "2026-11-21T09:30:00.000000Z"; the fraction is left out where it is zero.
export function time_text(time: Time): string {
  const whole = floor_div(time, second);
  const fraction = time - whole * second;
  const date = new Date(Number(whole) * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${String(date.getUTCFullYear()).padStart(4, '0')}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  const clock = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  return `${day}T${clock}${fraction ? `.${String(fraction).padStart(6, '0')}` : ''}Z`;
}

export const date_of = (time: Time): Date => new Date(Number(floor_div(time, 1000n)));
