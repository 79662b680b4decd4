// The audit log: who did what, when, from where and why; how to do the same by hand; and undo.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { undo } from '../data/actions';
import { get, type Problem, type Query } from '../data/api';
import { latest } from '../data/journal';
import { route } from '../data/route';
import { mayChange, now } from '../data/store';
import { toast } from '../data/toasts';
import type { Change, ChangeLog } from '../data/types';
import { countdown, moment } from '../lib/format';
import { itemText, moved } from '../lib/words';
import { Answer } from '../parts/answer';
import { Icon } from '../parts/icon';

const PAGE = 50;
const TYPING_RESTS_MS = 150;

interface Filter {
  who: string;
  from: string;
  target: string;
  set: string;
  text: string;
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast({ tone: 'ok', text: 'Copied.' });
  } catch {
    toast({ tone: 'bad', text: 'The browser does not allow to copy here; select the text.' });
  }
}

function Tags({ change: c }: { change: Change }) {
  const left = c.expires_at && !c.confirmed_by && !c.undone_by ? c.expires_at - now.value : 0;
  return (
    <>
      {c.undo_of ? <small class="tag">undo of #{c.undo_of}</small> : null}
      {c.undone_by ? <small class="tag">undone by #{c.undone_by}</small> : null}
      {c.confirmed_by ? <small class="tag">kept by {c.confirmed_by}</small> : null}
      {left > 0 ? <small class="tag">set back in {countdown(left)}</small> : null}
    </>
  );
}

const FEW = 5;

function Entry({ change: c }: { change: Change }) {
  const all = useSignal(false);
  const items = moved(c.items);
  const shown = all.value ? items : items.slice(0, FEW);
  const commands = c.commands.slice(0, all.value ? undefined : FEW);
  const more = items.length - FEW;
  const undoable = c.undoable && !c.undone_by && mayChange.value;
  return (
    <li class={c.undone_by ? 'entry undone' : 'entry'}>
      <div class="entryhead">
        <span class="num dim">#{c.id}</span>
        <time class="num" dateTime={new Date(c.at * 1000).toISOString()}>
          {moment(c.at)}
        </time>
        <b>{c.who || 'anybody'}</b>
        <span class="dim">
          {c.from}
          {c.source ? ` ${c.source}` : ''}
        </span>
        <Tags change={c} />
        <span class="space" />
        {undoable ? (
          <button type="button" onClick={() => void undo(c)} aria-label={`Undo change ${c.id}`}>
            <Icon name="undo" /> Undo
          </button>
        ) : null}
      </div>
      <ul class="items">
        {shown.map((item) => (
          <li key={item.target + item.set}>{itemText(item)}</li>
        ))}
      </ul>
      {c.note ? <p class="notetext">“{c.note}”</p> : null}
      {commands.length > 0 ? (
        <div class="command">
          <code>{commands.join('\n')}</code>
          <button
            type="button"
            class="plain"
            aria-label={`Copy the commands of change ${c.id}`}
            title="Copy"
            onClick={() => void copy(c.commands.join('\n'))}
          >
            <Icon name="copy" />
          </button>
        </div>
      ) : null}
      {more > 0 ? (
        <button
          type="button"
          class="plain link"
          aria-expanded={all.value}
          onClick={() => (all.value = !all.value)}
        >
          {all.value ? 'Fewer' : `${more} more`}
        </button>
      ) : null}
    </li>
  );
}

const SOURCES = ['page', 'form', 'socket', 'rest', 'agent', 'reload', 'check', 'names', 'internal'];
const KINDS = [
  'state',
  'weight',
  'share',
  'addr',
  'maxconn',
  'health',
  'check',
  'agent',
  'agent-health',
  'sessions',
  'add',
  'delete',
  'counters',
  'reload',
];

function Filters({ filter }: { filter: { value: Filter } }) {
  const put = (part: Partial<Filter>) => (filter.value = { ...filter.value, ...part });
  const field = (name: keyof Filter, label: string, hint: string) => (
    <label>
      {label}
      <input
        value={filter.value[name]}
        placeholder={hint}
        data-filter={name === 'text' || undefined}
        onInput={(e) => put({ [name]: e.currentTarget.value })}
      />
    </label>
  );
  const choice = (name: keyof Filter, label: string, values: string[]) => (
    <label>
      {label}
      <select value={filter.value[name]} onChange={(e) => put({ [name]: e.currentTarget.value })}>
        <option value="">any</option>
        {values.map((v) => (
          <option key={v}>{v}</option>
        ))}
      </select>
    </label>
  );
  return (
    <form class="filters" onSubmit={(e) => e.preventDefault()} aria-label="Filter the log">
      {field('text', 'Text', 'note, name, value')}
      {field('who', 'Who', 'user')}
      {choice('from', 'From', SOURCES)}
      {choice('set', 'What', KINDS)}
      {field('target', 'Object', 's:nodes/aws')}
    </form>
  );
}

export function LogView() {
  const filter = useSignal<Filter>({
    who: '',
    from: '',
    set: '',
    text: '',
    target: route.value.query.get('target') ?? '',
  });
  const log = useSignal<ChangeLog | null>(null);
  const problem = useSignal<Problem | null>(null);
  const asked = useRef(0);
  const question = (before?: number): Query => {
    const trimmed = Object.entries(filter.value).map(([name, text]) => [name, text.trim()]);
    return { ...(Object.fromEntries(trimmed) as Query), before, limit: PAGE };
  };
  const load = async (before?: number) => {
    const own = ++asked.current; // an answer that was overtaken by another question is dropped
    try {
      const answer = await get<ChangeLog>('changes', question(before));
      if (own !== asked.current) return;
      const old = before === undefined ? [] : (log.value?.changes ?? []);
      log.value = { ...answer, changes: [...old, ...answer.changes] };
      problem.value = null;
    } catch (error) {
      if (own === asked.current) problem.value = error as Problem;
    }
  };
  useEffect(() => {
    const rest = setTimeout(() => void load(), TYPING_RESTS_MS);
    return () => clearTimeout(rest);
  }, [filter.value, latest.value]);
  const { data, chain } = { data: log.value, chain: log.value?.chain };
  return (
    <section class="panel">
      <h1>Log</h1>
      <Filters filter={filter} />
      {chain?.intact === false ? (
        <p class="strip bad" role="alert">
          <Icon name="warn" /> The chain of the audit file is broken at entry {chain.broken_at}:
          what lies before it may have been altered.
        </p>
      ) : null}
      {data ? (
        <>
          <ol class="log">
            {data.changes.map((c) => (
              <Entry key={c.id} change={c} />
            ))}
          </ol>
          {data.changes.length === 0 ? (
            <p class="empty">
              {Object.values(filter.value).some(Boolean)
                ? 'Nothing matches.'
                : 'Nobody has changed anything yet.'}
            </p>
          ) : null}
          {data.more ? (
            <button type="button" onClick={() => void load(data.changes.at(-1)?.id)}>
              Older
            </button>
          ) : null}
          {chain?.file ? <p class="dim">Kept in {chain.file}.</p> : null}
        </>
      ) : (
        <Answer problem={problem.value} what="the log" />
      )}
    </section>
  );
}
