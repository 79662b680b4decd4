// Numbers and times as the page shows them. Everything is short, so that columns stay narrow.
export function rate(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (value < 10 && !Number.isInteger(value)) return value.toFixed(1);
  return count(Math.round(value));
}

export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (value < 10000) return String(value);
  if (value < 1e6) return trim(value / 1e3) + ' k';
  if (value < 1e9) return trim(value / 1e6) + ' M';
  return trim(value / 1e9) + ' G';
}

function trim(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (value < 10) return `${value.toFixed(1)} ms`;
  if (value < 1000) return `${Math.round(value)} ms`;
  return `${(value / 1000).toFixed(value < 10000 ? 1 : 0)} s`;
}

export function percent(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  return `${Number.isInteger(rounded) ? rounded : rounded.toFixed(1)} %`;
}

/** "45 s", "12 min", "3 h", "5 d": the largest unit that is at least one. */
export function span(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
}

/** "4:07": what is left of a deadline. */
export function countdown(seconds: number): string {
  const s = Math.max(0, Math.ceil(seconds));
  const minutes = Math.floor(s / 60);
  const rest = String(s % 60).padStart(2, '0');
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}

const two = (n: number): string => String(n).padStart(2, '0');

export function clock(at: number): string {
  const d = new Date(at * 1000);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** Date and time, in the reader's own zone. */
export function moment(at: number): string {
  const d = new Date(at * 1000);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${clock(at)}`;
}

export function plural(n: number, one: string, many = one + 's'): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}
