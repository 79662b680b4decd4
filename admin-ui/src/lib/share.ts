// How a wanted percentage becomes weights (the contract's schema Share has the same rule in words),
// and which percentages a pair of sides can reach. Weights are whole numbers from 0 to 256.
export const MAX_WEIGHT = 256;

export interface Shares {
  legacy: number[];
  fresh: number[];
  /** What the new side gets of both, in percent. */
  percent: number;
}

const sum = (list: number[]): number => list.reduce((a, b) => a + b, 0);

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** The proportions of a side: configured weights (0 counts as 1) in their smallest terms. */
export function proportions(configured: number[]): number[] {
  const base = configured.map((w) => (w > 0 ? w : 1));
  const divisor = base.reduce(gcd, 0) || 1;
  return base.map((w) => w / divisor);
}

/** The new side's part of both sides' weight in percent; 0 when neither has any. */
export function percentOf(legacy: number[], fresh: number[]): number {
  const all = sum(legacy) + sum(fresh);
  return all === 0 ? 0 : (100 * sum(fresh)) / all;
}

interface Pair {
  a: number;
  b: number;
  error: number;
}

const EQUAL = 1e-12;

function nearer(one: Pair, other: Pair | null): boolean {
  if (other === null || one.error < other.error - EQUAL) return true;
  if (one.error > other.error + EQUAL) return false;
  const difference = one.a + one.b - (other.a + other.b);
  return difference < 0 || (difference === 0 && one.a < other.a);
}

/**
 * For each multiplier of the legacy side, the two whole multipliers of the new side around the
 * exact one are all that can be nearest.
 */
function multipliers(wanted: number, l: number[], n: number[]): Pair {
  const [L, N] = [sum(l), sum(n)];
  const most = Math.floor(MAX_WEIGHT / Math.max(...n));
  let best: Pair | null = null;
  for (let a = 1; a <= Math.floor(MAX_WEIGHT / Math.max(...l)); ++a) {
    const exact = (wanted * a * L) / ((1 - wanted) * N);
    for (const whole of [Math.floor(exact), Math.ceil(exact)]) {
      const b = Math.min(Math.max(whole, 1), most);
      const pair = { a, b, error: Math.abs((b * N) / (a * L + b * N) - wanted) };
      if (nearer(pair, best)) best = pair;
    }
  }
  return best as Pair;
}

/** Weights that give the new side `percent` of both, or the nearest that can be reached. */
export function weightsFor(percent: number, legacy: number[], fresh: number[]): Shares {
  const configured = (side: number[]) => side.map((w) => (w > 0 ? w : 1));
  const none = (side: number[]) => side.map(() => 0);
  if (percent <= 0) return { legacy: configured(legacy), fresh: none(fresh), percent: 0 };
  if (percent >= 100) return { legacy: none(legacy), fresh: configured(fresh), percent: 100 };
  const [l, n] = [proportions(legacy), proportions(fresh)];
  const { a, b } = multipliers(percent / 100, l, n);
  const out = { legacy: l.map((w) => w * a), fresh: n.map((w) => w * b) };
  return { ...out, percent: percentOf(out.legacy, out.fresh) };
}

/** Is this whole percentage reached, to a single percent? */
export function reaches(percent: number, legacy: number[], fresh: number[]): boolean {
  return Math.abs(weightsFor(percent, legacy, fresh).percent - percent) < 0.5;
}

/** All whole percentages from 0 to 100 that this pair of sides can reach. */
export function reachable(legacy: number[], fresh: number[]): number[] {
  const out: number[] = [];
  for (let p = 0; p <= 100; ++p) if (reaches(p, legacy, fresh)) out.push(p);
  return out;
}

/** What typing or stepping may lead to: a number in 0..100 with at most one decimal, or null. */
export function parsePercent(text: string): number | null {
  const clean = text.trim().replace(',', '.').replace(/\s*%$/, '');
  if (!/^\d{1,3}(\.\d+)?$/.test(clean)) return null;
  const value = Math.round(Number(clean) * 10) / 10;
  return value <= 100 ? value : null;
}

export const STEPS = [1, 5, 25, 50, 100];

/** The step that follows this share, or null at the end. */
export function nextStep(percent: number): number | null {
  return STEPS.find((step) => step > percent + 0.5) ?? null;
}
