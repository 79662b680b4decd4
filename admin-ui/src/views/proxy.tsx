// A section: its charts, the bar between two of its servers, its settings and its servers.
import { useComputed, useSignal } from '@preact/signals';
import { change } from '../data/actions';
import { form } from '../data/serveractions';
import { markersFor, unavailable } from '../data/series';
import { linkTo } from '../data/route';
import { backends, frontends, known, mayConfigure, settings, structure } from '../data/store';
import type { Backend, Frontend, Key } from '../data/types';
import { clock, milliseconds, rate } from '../lib/format';
import { backendStanding, frontendStanding, type Standing } from '../lib/status';
import { Chart, RangePicker } from '../parts/chart';
import { Icon } from '../parts/icon';
import { MenuButton } from '../parts/overlay';
import { ShareBar } from '../parts/sharebar';
import { ServerTable } from '../parts/table';

export function Charts({ of, queue = true }: { of: Key; queue?: boolean }) {
  const line = { key: of };
  return (
    <div class="charts">
      <Chart
        title="Requests per second"
        value={rate}
        lines={[{ ...line, figure: 'req_rate', label: 'requests', colour: 'c-accent', fill: true }]}
      />
      <Chart
        title="Errors per second"
        value={rate}
        lines={[
          { ...line, figure: 'hrsp_5xx', label: '5xx', colour: 'c-bad', fill: true },
          { ...line, figure: 'hrsp_4xx', label: '4xx', colour: 'c-warn' },
          { ...line, figure: 'errors', label: 'connections', colour: 'c-dim', dash: [4, 3] },
        ]}
      />
      <Chart
        title="Latency"
        value={milliseconds}
        lines={[
          { ...line, figure: 'p50', label: 'p50', colour: 'c-dim' },
          { ...line, figure: 'p95', label: 'p95', colour: 'c-accent' },
          { ...line, figure: 'p99', label: 'p99', colour: 'c-warn', dash: [4, 3] },
        ]}
      />
      <Chart
        title={queue ? 'Sessions and queue' : 'Sessions'}
        value={rate}
        lines={[
          { ...line, figure: 'scur', label: 'sessions', colour: 'c-accent' },
          ...(queue
            ? [
                {
                  ...line,
                  figure: 'qcur' as const,
                  label: 'queued',
                  colour: 'c-warn',
                  dash: [4, 3],
                },
              ]
            : []),
        ]}
      />
    </div>
  );
}

/** What the dashed lines of the charts are, in words. */
export function Happened({ keys }: { keys: Key[] }) {
  const list = markersFor(keys).slice(-8).reverse();
  return (
    <section class="happened" aria-label="What happened in the last 15 minutes">
      {unavailable.value ? (
        <p class="dim">This listener keeps no history; the charts begin when the page is opened.</p>
      ) : null}
      {list.length === 0 ? (
        <p class="dim">Nobody acted in the last 15 minutes.</p>
      ) : (
        <ul>
          {list.map((m) => (
            <li key={`${m.at}${m.text}`}>
              <span class="num dim">{clock(m.at)}</span> {m.text}
              {m.who ? <small class="dim"> {m.who}</small> : null}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Title({
  name,
  standing,
  facts,
  children,
}: {
  name: string;
  standing: Standing;
  facts: string[];
  children?: preact.ComponentChildren;
}) {
  return (
    <div class="title">
      <h1>{name}</h1>
      <span class={`badge ${standing.tone}`}>
        <Icon name={standing.icon} /> {standing.text}
      </span>
      <span class="dim">{facts.filter(Boolean).join(' · ')}</span>
      <span class="space" />
      {children}
    </div>
  );
}

function FrontendPart({ data }: { data: Frontend }) {
  const locked = !mayConfigure.value;
  const open = data.status === 'OPEN' || data.status === 'FULL';
  const set = (value: string) => () => void change([{ target: data.key, set: 'state', value }]);
  const facts = [`frontend, mode ${data.mode}`, data.slim ? `maxconn ${data.slim}` : ''];
  return (
    <section class="panel">
      <Title name={data.pxname} standing={frontendStanding(data)} facts={facts}>
        <button type="button" disabled={locked} onClick={set(open ? 'disabled' : 'enabled')}>
          {open ? 'Disable' : 'Enable'}
        </button>
        <MenuButton
          label={`More actions for frontend ${data.pxname}`}
          items={() => [
            {
              label: 'Maxconn…',
              disabled: locked,
              run: () =>
                (form.value = { keys: [data.key], kind: 'maxconn', value: String(data.slim ?? 0) }),
            },
            {
              label: 'Shut down sessions',
              danger: true,
              disabled: locked,
              run: () => void change([{ target: data.key, set: 'sessions', value: 'shutdown' }]),
            },
          ]}
        />
      </Title>
      {data.backends && data.backends.length > 0 ? (
        <p class="dim">
          leads to{' '}
          {data.backends.map((name, i) => (
            <span key={name}>
              {i > 0 ? ', ' : ''}
              <a href={linkTo('proxy', name)}>{name}</a>
            </span>
          ))}
        </p>
      ) : null}
      <RangePicker />
      <Charts of={data.key} queue={false} />
      <Happened keys={[data.key]} />
    </section>
  );
}

function PairPicker({ data }: { data: Backend }) {
  const names = data.servers.map((s) => s.svname);
  const from = useSignal(names[0] ?? '');
  const to = useSignal(names[1] ?? '');
  const shown = useSignal(false);
  if (names.length < 2) return null;
  const pick = (label: string, side: typeof from) => (
    <label class="inline">
      {label}{' '}
      <select value={side.value} onChange={(e) => (side.value = e.currentTarget.value)}>
        {names.slice(0, 500).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
  return (
    <section class="panel">
      <div class="tools">
        <h2>Move traffic</h2>
        {pick('from', from)}
        {pick('to', to)}
        <button
          type="button"
          aria-expanded={shown.value}
          disabled={from.value === to.value}
          onClick={() => (shown.value = !shown.value)}
        >
          {shown.value ? 'Hide the bar' : 'Show the bar'}
        </button>
      </div>
      {shown.value && from.value !== to.value ? (
        <ShareBar
          backend={data}
          sides={{ legacy: [from.value], new: [to.value] }}
          key={`${from.value} ${to.value}`}
        />
      ) : null}
    </section>
  );
}

function BackendPart({ data }: { data: Backend }) {
  void settings.value;
  const servers = useComputed(() => {
    void structure.value;
    return known.servers(data.pxname);
  });
  const facts = [
    `backend, mode ${data.mode}`,
    data.algo ? `balance ${data.algo}` : '',
    data.cookie ? `cookie ${data.cookie}` : '',
  ];
  return (
    <>
      <section class="panel">
        <Title name={data.pxname} standing={backendStanding(data, servers.value)} facts={facts}>
          <button
            type="button"
            disabled={!mayConfigure.value}
            onClick={() => (form.value = { keys: [data.key], kind: 'add', value: '' })}
          >
            Add a server…
          </button>
        </Title>
        <RangePicker />
        <Charts of={data.key} />
        <Happened keys={[data.key]} />
      </section>
      {data.sides ? (
        <section class="panel">
          <h2>Move traffic</h2>
          <ShareBar backend={data} sides={data.sides} />
        </section>
      ) : (
        <PairPicker key={data.pxname} data={data} />
      )}
      <section class="panel">
        <h2>Servers of {data.pxname}</h2>
        <ServerTable
          source={servers}
          place={data.key}
          label={`Servers of ${data.pxname}`}
          showProxy={false}
        />
      </section>
    </>
  );
}

export function ProxyView({ name }: { name: string }) {
  void structure.value;
  const front = frontends.get(`f:${name}`);
  const back = backends.get(`b:${name}`);
  if (!front && !back) return <p class="empty">There is no section {name}.</p>;
  return (
    <>
      {front ? <FrontendPart data={front.read()} key={`f${name}`} /> : null}
      {back ? <BackendPart data={back.read()} key={`b${name}`} /> : null}
    </>
  );
}
