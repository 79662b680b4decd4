// The first view: what is wrong, what is being moved, and every frontend and backend in a line.
import { useComputed } from '@preact/signals';
import { TroubleBanner } from '../parts/banner';
import { Spark } from '../parts/chart';
import { Icon } from '../parts/icon';
import { ShareBar } from '../parts/sharebar';
import { linkTo } from '../data/route';
import { backends, frontends, known, settings, structure, type Entity } from '../data/store';
import type { Backend, Frontend } from '../data/types';
import { count, milliseconds, rate } from '../lib/format';
import { backendStanding, frontendStanding, type Standing } from '../lib/status';

/** So many proxies are shown with a picture of their own; more are found by the table's filter. */
const MOST = 200;

function Line(props: {
  data: Backend | Frontend;
  standing: Standing;
  kind: 'frontend' | 'backend';
}) {
  const d = props.data;
  const bad = d.hrsp_5xx + d.errors;
  return (
    <tr>
      <th scope="row">
        <a href={linkTo('proxy', d.pxname)}>{d.pxname}</a>
        {d.desc ? <small>{d.desc}</small> : null}
      </th>
      <td>
        <span class={`badge ${props.standing.tone}`}>
          <Icon name={props.standing.icon} /> {props.standing.text}
        </span>
      </td>
      <td class="sparkcell">
        <Spark of={d.key} figure="req_rate" label={`Requests of ${d.pxname}, last two minutes`} />
      </td>
      <td class="n">{rate(d.req_rate)}</td>
      <td class={`n opt${d.hrsp_4xx > 0 ? '' : ' dim'}`}>{rate(d.hrsp_4xx)}</td>
      <td class={`n${bad > 0 ? ' bad' : ' dim'}`}>{rate(bad)}</td>
      <td class="n opt">{milliseconds(d.p50)}</td>
      <td class="n">{milliseconds(d.p95)}</td>
      <td class="n opt">{count(d.scur)}</td>
      <td class={`n opt${d.qcur > 0 ? '' : ' dim'}`}>{count(d.qcur)}</td>
    </tr>
  );
}

function FrontendLine({ of }: { of: Entity<Frontend> }) {
  const f = of.read();
  return <Line data={f} standing={frontendStanding(f)} kind="frontend" />;
}

function BackendLine({ of }: { of: Entity<Backend> }) {
  const b = of.read();
  void settings.value;
  return <Line data={b} standing={backendStanding(b, known.servers(b.pxname))} kind="backend" />;
}

function Proxies({ title, children }: { title: string; children: preact.ComponentChildren }) {
  return (
    <section class="panel">
      <h2>{title}</h2>
      <table class="proxies">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col">Requests</th>
            <th scope="col" class="n">
              req/s
            </th>
            <th scope="col" class="n opt">
              4xx/s
            </th>
            <th scope="col" class="n">
              errors/s
            </th>
            <th scope="col" class="n opt">
              p50
            </th>
            <th scope="col" class="n">
              p95
            </th>
            <th scope="col" class="n opt">
              sessions
            </th>
            <th scope="col" class="n opt">
              queue
            </th>
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

export function Overview() {
  const moving = useComputed(() => {
    void structure.value;
    void settings.value;
    return [...backends.values()].filter((b) => b.data.sides);
  });
  void structure.value;
  const [fs, bs] = [[...frontends.values()], [...backends.values()]];
  return (
    <>
      <h1 class="sr">Overview</h1>
      <TroubleBanner />
      {moving.value.slice(0, 20).map((b) => (
        <section class="panel" key={b.data.key}>
          <h2>
            <a href={linkTo('proxy', b.data.pxname)}>{b.data.pxname}</a>
            <small class="dim">moving from legacy to new</small>
          </h2>
          <ShareBar backend={b.data} sides={b.data.sides!} />
        </section>
      ))}
      <Proxies title="Frontends">
        {fs.slice(0, MOST).map((f) => (
          <FrontendLine key={f.data.key} of={f} />
        ))}
      </Proxies>
      <Proxies title="Backends">
        {bs.slice(0, MOST).map((b) => (
          <BackendLine key={b.data.key} of={b} />
        ))}
      </Proxies>
      {fs.length > MOST || bs.length > MOST ? (
        <p class="dim">The first {MOST} of each are shown; the others are found under Servers.</p>
      ) : null}
    </>
  );
}
