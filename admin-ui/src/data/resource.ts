// One answer of the API that a view shows, with what to say while it comes or where it is missing.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Problem, get, type Query } from './api';

export interface Resource<T> {
  data: T | null;
  problem: Problem | null;
  reload: () => void;
}

export function useResource<T>(path: string, query: Query = {}, every = 0): Resource<T> {
  const data = useSignal<T | null>(null);
  const problem = useSignal<Problem | null>(null);
  const round = useSignal(0);
  const asked = JSON.stringify(query);
  useEffect(() => {
    let current = true;
    const load = () =>
      get<T>(path, JSON.parse(asked) as Query).then(
        (answer) => {
          if (!current) return;
          data.value = answer;
          problem.value = null;
        },
        (error: Problem) => current && (problem.value = error),
      );
    void load();
    const timer = every > 0 ? setInterval(() => void load(), every * 1000) : undefined;
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [path, asked, every, round.value]);
  return { data: data.value, problem: problem.value, reload: () => round.value++ };
}
