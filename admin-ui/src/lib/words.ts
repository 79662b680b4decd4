// Changes in words: "nodes/aws: state ready → drain", "share of nodes: 10 % → 25 %".
import type { Action, Change, ChangeItem, Kind, Share } from '../data/types';
import { nameOf } from './key';

const KINDS: Partial<Record<Kind, string>> = {
  addr: 'address',
  check: 'checks',
  'agent-health': 'agent’s health',
  counters: 'counters',
};

const kindText = (kind: Kind): string => KINDS[kind] ?? kind;

export function itemText(item: ChangeItem): string {
  const name = nameOf(item.target);
  if (item.set === 'sessions') return `${name}: sessions shut down`;
  if (item.set === 'add') return `${name} added`;
  if (item.set === 'delete') return `${name} deleted`;
  if (item.set === 'counters') return 'Counters cleared';
  if (item.set === 'reload') return 'Configuration reloaded';
  const what = item.set === 'state' ? '' : `${kindText(item.set)} `;
  const unit = item.set === 'share' ? ' %' : '';
  const upper = item.set === 'state' || item.set === 'health';
  const show = (value: string) => (upper ? value.toUpperCase() : value) + unit;
  return `${name}: ${what}${show(item.old)} → ${show(item.new)}`;
}

/** The items that set something to another value; all of them where none does. */
export function moved(items: ChangeItem[]): ChangeItem[] {
  const others = items.filter((item) => item.old !== item.new);
  return others.length > 0 ? others : items;
}

/** An undo tells of weights where what it takes back was a share: the same in its words. */
export function undoText(undo: Change, of?: Change): string {
  const share = of?.items.find((item) => item.set === 'share');
  if (!share) return describe(undo);
  return describe({ ...undo, items: [{ ...share, old: share.new, new: share.old }] });
}

/** One line for a change of however many items. */
export function describe(change: Pick<Change, 'items' | 'undo_of'>): string {
  const items = moved(change.items);
  const share = items.find((item) => item.set === 'share');
  const first = share ?? items[0];
  const undone = change.undo_of ? 'Undone: ' : '';
  if (!first) return `${undone}nothing changed`;
  const others = items.filter((item) => item.target !== first.target).length;
  if (share || others === 0) return undone + itemText(first);
  const same = items.every((i) => i.set === first.set && i.new === first.new);
  if (!same) return `${undone}${itemText(first)}, and ${others} more`;
  const what =
    first.set === 'state' ? first.new.toUpperCase() : `${kindText(first.set)} ${first.new}`;
  return `${undone}${items.length} servers: ${what}`;
}

/** What a button is about to do, for its confirmation: "Drain nodes/aws". */
export function intent(actions: Action[]): string {
  const first = actions[0]!;
  const targets = new Set(actions.map((a) => a.target));
  const name = targets.size === 1 ? nameOf(first.target) : `${targets.size} servers`;
  if (first.set === 'state') {
    const verbs: Record<string, string> = {
      ready: 'Set READY',
      drain: 'Drain',
      maint: 'Set MAINT',
      enabled: 'Enable',
      disabled: 'Disable',
    };
    return `${verbs[String(first.value)] ?? 'Change'}: ${name}`;
  }
  if (first.set === 'share')
    return `Give the new side of ${name} ${(first.value as Share).percent} %`;
  if (first.set === 'sessions') return `Shut down sessions: ${name}`;
  if (first.set === 'delete') return `Delete ${name}`;
  if (first.set === 'add') return `Add ${name}`;
  if (first.set === 'counters') return 'Clear counters';
  return `Set ${kindText(first.set)} of ${name} to ${String(first.value)}`;
}
