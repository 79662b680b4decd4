// What a view shows instead of data: that it is on its way, missing here, or refused.
import type { Problem } from '../data/api';

export function Answer({ problem, what }: { problem: Problem | null; what: string }) {
  if (!problem)
    return (
      <p class="empty" role="status">
        Reading {what}…
      </p>
    );
  const text =
    problem.missing || problem.status === 404
      ? `This listener does not serve ${what}.`
      : problem.status === 403 || problem.status === 401
        ? `You may not read ${what}.`
        : `${what}: ${problem.message}`;
  return (
    <p class="empty" role="status">
      {text}
    </p>
  );
}
