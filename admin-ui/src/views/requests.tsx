// A sample of the requests as they end. Nothing is asked of the listener unless this view is open.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { address } from '../data/api';
import type { Request } from '../data/types';
import { backends, frontends, structure } from '../data/store';
import { clock, count } from '../lib/format';

const KEEP = 200;

interface Filter {
  status: string;
  path: string;
  target: string;
}

const validStatus = (text: string): boolean => text === '' || /^[1-5]([0-9]{2}|xx)$/.test(text);

function tone(status: number): string {
  return status >= 500 ? 'bad' : status >= 400 ? 'warn' : '';
}

function useTail(filter: Filter, on: boolean) {
  const rows = useSignal<(Request & { n: number })[]>([]);
  const dropped = useSignal(0);
  const failed = useSignal(false);
  useEffect(() => {
    if (!on || !validStatus(filter.status)) return;
    let n = rows.peek()[0]?.n ?? 0;
    let arrived: (Request & { n: number })[] = [];
    const events = new EventSource(address('tail', { ...filter }));
    events.addEventListener('request', (e) => {
      arrived.unshift({ ...(JSON.parse((e as MessageEvent<string>).data) as Request), n: ++n });
      if (arrived.length > KEEP) arrived.length = KEEP;
    });
    events.addEventListener('dropped', (e) => {
      dropped.value += (
        JSON.parse((e as MessageEvent<string>).data) as { dropped: number }
      ).dropped;
    });
    events.onopen = () => (failed.value = false);
    events.onerror = () => (failed.value = true);
    // Four times a second is as often as anybody reads.
    const timer = setInterval(() => {
      if (arrived.length === 0) return;
      rows.value = [...arrived, ...rows.value].slice(0, KEEP);
      arrived = [];
    }, 250);
    return () => {
      events.close();
      clearInterval(timer);
    };
  }, [filter.status, filter.path, filter.target, on]);
  const clear = () => {
    rows.value = [];
    dropped.value = 0;
  };
  return { rows: rows.value, dropped: dropped.value, failed: failed.value, clear };
}

function Filters({ filter }: { filter: { value: Filter } }) {
  void structure.value;
  const put = (part: Partial<Filter>) => (filter.value = { ...filter.value, ...part });
  const targets: [string, string][] = [];
  for (const { data } of frontends.values()) targets.push([data.key, `frontend ${data.pxname}`]);
  for (const { data } of backends.values()) {
    targets.push([data.key, `backend ${data.pxname}`]);
    for (const s of data.servers.slice(0, 50)) targets.push([s.key, `${s.pxname}/${s.svname}`]);
  }
  return (
    <form class="filters" onSubmit={(e) => e.preventDefault()} aria-label="Filter the requests">
      <label>
        Status
        <input
          value={filter.value.status}
          placeholder="404 or 5xx"
          data-filter
          aria-invalid={!validStatus(filter.value.status)}
          onInput={(e) => put({ status: e.currentTarget.value.trim() })}
        />
      </label>
      <label>
        Path begins with
        <input
          value={filter.value.path}
          placeholder="/users"
          onChange={(e) => put({ path: e.currentTarget.value.trim() })}
        />
      </label>
      <label>
        Through
        <select
          value={filter.value.target}
          onChange={(e) => put({ target: e.currentTarget.value })}
        >
          <option value="">all but this page</option>
          {targets.slice(0, 2000).map(([key, label]) => (
            <option key={key} value={key}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </form>
  );
}

const through = (r: Request): string =>
  (r.backend ?? r.frontend ?? '') + (r.server ? `/${r.server}` : '');

export function RequestsView() {
  const filter = useSignal<Filter>({ status: '', path: '', target: '' });
  const on = useSignal(true);
  const tail = useTail(filter.value, on.value);
  return (
    <section class="panel">
      <div class="title">
        <h1>Requests</h1>
        <span class="dim">a sample, as they end; no bodies, no queries, no credentials</span>
        <span class="space" />
        <button type="button" aria-pressed={!on.value} onClick={() => (on.value = !on.value)}>
          {on.value ? 'Pause' : 'Go on'}
        </button>
        <button type="button" onClick={tail.clear}>
          Clear
        </button>
      </div>
      <Filters filter={filter} />
      {tail.failed ? (
        <p class="empty" role="status">
          This listener sends no requests now: it does not serve them, or the connection is lost.
        </p>
      ) : null}
      <div class="scroll" tabIndex={0} role="region" aria-label="Requests">
        <table class="tail">
          <thead>
            <tr>
              <th scope="col">At</th>
              <th scope="col" class="n">
                Status
              </th>
              <th scope="col">Request</th>
              <th scope="col" class="opt">
                Server
              </th>
              <th scope="col" class="n">
                Time
              </th>
              <th scope="col" class="n opt">
                Bytes
              </th>
              <th scope="col" class="opt">
                End
              </th>
              <th scope="col" class="opt">
                Client
              </th>
            </tr>
          </thead>
          <tbody>
            {tail.rows.map((r) => (
              <tr key={r.n}>
                <td class="num dim">{clock(r.at)}</td>
                <td class={`n ${tone(r.status)}`}>{r.status}</td>
                <td class="request">
                  <b>{r.method}</b> {r.path}
                  <small class="below">{through(r)}</small>
                </td>
                <td class="opt">{through(r)}</td>
                <td class="n">{r.time} ms</td>
                <td class="n opt">{count(r.bytes ?? 0)}</td>
                <td class="opt dim">{r.term ?? ''}</td>
                <td class="opt dim">{r.client ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="dim" role="status">
        {tail.rows.length === 0 ? 'No request yet.' : `The last ${tail.rows.length}.`}
        {tail.dropped > 0 ? ` ${count(tail.dropped)} more matched and were not sent.` : ''}
      </p>
    </section>
  );
}
