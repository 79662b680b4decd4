// Every button ends here: ask if it is risky, send, tell the result, offer to take it back.
import { signal } from '@preact/signals';
import { Problem, post } from './api';
import { known, now, rev } from './store';
import { toast, dismiss } from './toasts';
import type { Action, Change } from './types';
import { risksOf, type Risk } from '../lib/risk';
import { describe, intent, undoText } from '../lib/words';

export interface Options {
  note?: string | undefined;
  expires?: number | undefined;
  deadline?: number | undefined;
}

export interface Question {
  title: string;
  risks: Risk[];
  confirm: string;
  answer: (go: boolean) => void;
}

export const question = signal<Question | null>(null);
/** Minutes after which every change of this page is set back unless confirmed; 0: kept. */
export const safety = signal(0);
export const busy = signal(0);

export const UNDO_SECONDS = 30;
/** What the last change was, latest part first. */
let undoable: { changes: Change[]; until: number } | null = null;
/** Messages that offer to undo, with what they changed. */
let offered: { id: number; targets: Set<string> }[] = [];
/** Changes that were asked for and not answered yet; the key `u` was pressed meanwhile. */
let underWay = 0;
let undoWhenAnswered = false;

export function ask(title: string, risks: Risk[], confirm: string): Promise<boolean> {
  return new Promise((resolve) => {
    question.value = {
      title,
      risks,
      confirm,
      answer: (go) => {
        question.value = null;
        resolve(go);
      },
    };
  });
}

const LABELS: Record<string, string> = {
  drain: 'Drain anyway',
  maint: 'Set MAINT anyway',
  disabled: 'Disable',
  shutdown: 'Shut down',
  'clear-all': 'Clear all',
};

function labelOf(action: Action): string {
  return LABELS[String(action.value)] ?? (action.set === 'delete' ? 'Delete' : 'Do it anyway');
}

function withOptions(actions: Action[], options: Options): object {
  const minutes = options.expires ?? safety.value;
  const dated = actions.map((action) =>
    options.deadline && action.set === 'state' && action.value !== 'ready'
      ? { ...action, drain_deadline: options.deadline }
      : action,
  );
  return {
    actions: dated,
    ...(options.note ? { note: options.note } : {}),
    ...(minutes > 0 && canExpire(actions) ? { expires: minutes } : {}),
  };
}

const LASTING = ['sessions', 'add', 'delete', 'counters'];
/** What can't be set back can't expire either. */
function canExpire(actions: Action[]): boolean {
  return actions.every((a) => !LASTING.includes(a.set));
}

export function report(problem: unknown, again?: () => void): void {
  const p = problem as Problem;
  const more = p.faults?.length > 0 ? ` ${p.faults[0]!.detail}` : '';
  const stale = p.code === 'stale' && again;
  toast({
    tone: 'bad',
    text: p.missing ? 'This listener has no such operation.' : p.message + more,
    ...(stale ? { action: 'Do it anyway', run: again } : {}),
  });
}

/** Applies actions; null when the operator thought better of it or the listener refused. */
export async function change(actions: Action[], options: Options = {}): Promise<Change | null> {
  if (actions.length === 0) return null;
  const risks = risksOf(actions, known);
  if (risks.length > 0 && !(await ask(intent(actions), risks, labelOf(actions[0]!)))) return null;
  return send(actions, options, rev.value);
}

/**
 * Sends actions; where the listener takes no body of that size, in halves, each a change by itself.
 * What was done is in `done` also when a later half fails.
 */
async function deliver(
  actions: Action[],
  options: Options,
  since: number | undefined,
  done: Change[],
): Promise<void> {
  const match = since === undefined ? {} : { rev: since };
  try {
    done.push(await post<Change>('changes', withOptions(actions, options), match));
  } catch (problem) {
    if ((problem as Problem).status !== 413 || actions.length < 2) throw problem;
    const half = actions.length >> 1;
    await deliver(actions.slice(0, half), options, since, done);
    await deliver(actions.slice(half), options, since, done);
  }
}

async function send(
  actions: Action[],
  options: Options,
  since: number | undefined,
): Promise<Change | null> {
  const done: Change[] = [];
  busy.value++;
  underWay++;
  try {
    await deliver(actions, options, since, done);
  } catch (problem) {
    report(problem, () => void send(actions, options, undefined));
  } finally {
    busy.value--;
    underWay--;
  }
  if (done.length > 0) told(done);
  if (undoWhenAnswered && underWay === 0) {
    undoWhenAnswered = false;
    if (done.length > 0) undoLast();
  }
  return done[0] ?? null;
}

function told(changes: Change[]): void {
  const text = describe({ items: changes.flatMap((c) => c.items) });
  if (!changes.every((c) => c.undoable)) {
    toast({ tone: 'ok', text });
    return;
  }
  const latest = [...changes].reverse();
  const id = latest[0]!.id;
  undoable = { changes: latest, until: now.value + UNDO_SECONDS };
  offer(id, new Set(changes.flatMap((c) => c.items.map((item) => item.target))));
  toast({
    tone: 'ok',
    text,
    action: 'Undo',
    seconds: UNDO_SECONDS,
    id,
    run: () => void undoAll(latest),
  });
}

/** A change of the same overtakes what an earlier message offers; the log still has that. */
function offer(id: number, targets: Set<string>): void {
  const overtaken = offered.filter((o) => [...o.targets].some((target) => targets.has(target)));
  for (const old of overtaken) dismiss(old.id);
  offered = [...offered.filter((o) => !overtaken.includes(o)), { id, targets }].slice(-4);
}

async function undoAll(changes: Change[]): Promise<void> {
  for (const one of changes) await undo(one);
}

export async function undo(of: Change, force = false): Promise<Change | null> {
  const { id } = of;
  dismiss(id);
  if (undoable?.changes.some((c) => c.id === id)) undoable = null;
  busy.value++;
  try {
    const result = await post<Change>(`changes/${id}/undo`, force ? { force } : {});
    toast({ tone: 'ok', text: undoText(result, of) });
    return result;
  } catch (problem) {
    const p = problem as Problem;
    if (p.code === 'changed-since' && !force)
      toast({
        tone: 'bad',
        text: p.message,
        action: 'Set back anyway',
        run: () => void undo(of, true),
      });
    else report(problem);
    return null;
  } finally {
    busy.value--;
  }
}

/** The key `u`: the last change, while its toast still offers it, or once it is answered. */
export function undoLast(): void {
  if (underWay > 0) undoWhenAnswered = true;
  else if (undoable && undoable.until > now.value) void undoAll(undoable.changes);
}

export async function confirmChange(id: number): Promise<void> {
  try {
    await post<Change>(`changes/${id}/confirm`);
    toast({ tone: 'ok', text: 'Kept.' });
  } catch (problem) {
    report(problem);
  }
}
