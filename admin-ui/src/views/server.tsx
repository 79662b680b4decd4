// One server: its state, what holds it while it drains, its charts and its figures.
import { form, serverMenu } from '../data/serveractions';
import { linkTo } from '../data/route';
import { mayChange, now, servers, structure } from '../data/store';
import type { Drain, Server } from '../data/types';
import { countdown, count, plural, span } from '../lib/format';
import { checkWords } from '../lib/status';
import { Icon } from '../parts/icon';
import { MenuButton } from '../parts/overlay';
import { RangePicker } from '../parts/chart';
import { Badge, LastChange, StateButtons } from '../parts/row';
import { Charts, Happened } from './proxy';

export function DrainPanel({ server, drain }: { server: Server; drain: Drain }) {
  const holds: [number, string, string][] = [
    [drain.requests, 'requests', 'being answered'],
    [drain.tunnels, 'tunnels', 'upgraded or plain TCP connections; they end when a side does'],
    [drain.idle, 'idle keep-alives', 'open connections without a request'],
    [drain.queued, 'queued', 'requests that are bound to this server and wait for it'],
    [drain.sticky, 'sticky clients', 'bound to it, seen within 5 minutes; DRAIN still serves them'],
  ];
  return (
    <section class={`drain${drain.safe ? ' safe' : ''}`} aria-label="Drain">
      <h2>
        {drain.safe ? (
          <>
            <Icon name="check" /> Safe to stop
          </>
        ) : (
          'Draining: what still holds it'
        )}
      </h2>
      <p class="dim">
        {drain.safe
          ? 'Nothing holds this server and nothing new is sent to it.'
          : `For ${span(now.value - drain.since)}${drain.who ? `, by ${drain.who}` : ''}` +
            (drain.oldest ? `; the oldest is ${span(now.value - drain.oldest)} old` : '')}
        {drain.deadline && !drain.safe ? (
          <>
            {' '}
            · deadline in <b class="num">{countdown(drain.deadline - now.value)}</b>
          </>
        ) : null}
      </p>
      <ul class="holds">
        {holds.map(([n, what, why]) => (
          <li key={what} class={n === 0 ? 'dim' : ''}>
            <b class="num">{count(n)}</b> {what} <small>{why}</small>
          </li>
        ))}
      </ul>
      {!drain.safe && !drain.deadline ? (
        <button
          type="button"
          disabled={!mayChange.value}
          onClick={() => (form.value = { keys: [server.key], kind: 'state', value: server.admin })}
        >
          Set a deadline…
        </button>
      ) : null}
    </section>
  );
}

function Facts({ server: s }: { server: Server }) {
  const facts: [string, preact.ComponentChildren][] = [
    ['Address', s.addr ?? '–'],
    ['Check', `${checkWords(s.check)}${s.check?.last_chk ? ` (${s.check.last_chk})` : ''}`],
    ['Agent', s.agent ? checkWords(s.agent) : 'none'],
    [
      'Weight',
      `${s.uweight}, configured ${s.iweight}${s.throttle ? `, slow start ${s.throttle} %` : ''}`,
    ],
    ['Sessions', `${count(s.scur)}, at most ${count(s.smax ?? 0)}${s.slim ? ` of ${s.slim}` : ''}`],
    ['Requests', count(s.req_tot ?? 0)],
    ['Errors', `${plural(s.econ ?? 0, 'connection')}, ${plural(s.eresp ?? 0, 'response')}`],
    ['Retries', `${count(s.wretr ?? 0)}, redispatched ${count(s.wredis ?? 0)}`],
    [
      'Failed checks',
      `${count(s.chkfail ?? 0)}, ${count(s.chkdown ?? 0)} times DOWN, ` +
        `${span(s.downtime ?? 0)} in all`,
    ],
    ['Last change', <LastChange server={s} />],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function ServerView({ pxname, svname }: { pxname: string; svname: string }) {
  void structure.value;
  const entity = servers.get(`s:${pxname}/${svname}`);
  if (!entity)
    return (
      <p class="empty">
        There is no server {pxname}/{svname}.
      </p>
    );
  const s = entity.read();
  return (
    <section class="panel">
      <p class="path">
        <a href={linkTo('proxy', pxname)}>{pxname}</a> /
      </p>
      <div class="title">
        <h1>{svname}</h1>
        <Badge server={s} />
        <span class="dim">for {span(now.value - s.since)}</span>
        <span class="space" />
        <StateButtons server={s} />
        <MenuButton
          label={`More actions for ${pxname}/${svname}`}
          items={() => serverMenu([s.key])}
        />
      </div>
      {s.drain ? <DrainPanel server={s} drain={s.drain} /> : null}
      <RangePicker />
      <Charts of={s.key} />
      <Happened keys={[s.key]} />
      <Facts server={s} />
    </section>
  );
}
