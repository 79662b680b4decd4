// Where the process listens, and the certificates that it shows there, the next to end first.
import { useResource } from '../data/resource';
import type { Certificate, Listener } from '../data/types';
import { count, moment, plural } from '../lib/format';
import { Answer } from '../parts/answer';
import { Icon } from '../parts/icon';
import { linkTo } from '../data/route';

const SOON_DAYS = 30;
const VERY_SOON_DAYS = 7;

function DaysLeft({ days }: { days: number }) {
  if (days < 0)
    return (
      <span class="badge bad">
        <Icon name="down" /> ended {plural(-days, 'day')} ago
      </span>
    );
  const tone = days < VERY_SOON_DAYS ? 'bad' : days < SOON_DAYS ? 'warn' : 'ok';
  const icon = days < SOON_DAYS ? 'warn' : 'up';
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} /> {plural(days, 'day')} left
    </span>
  );
}

function Certificates({ list }: { list: Certificate[] }) {
  const ordered = [...list].sort((a, b) => a.not_after - b.not_after);
  if (list.length === 0) return <p class="empty">No certificate is served.</p>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Certificates">
      <table class="plainly">
        <thead>
          <tr>
            <th scope="col">Certificate</th>
            <th scope="col">Validity</th>
            <th scope="col">Ends</th>
            <th scope="col">Names</th>
            <th scope="col">Issuer</th>
            <th scope="col">Key</th>
          </tr>
        </thead>
        <tbody>
          {ordered.map((c) => (
            <tr key={c.file + c.subject}>
              <th scope="row">
                {c.subject}
                <small>{c.file}</small>
              </th>
              <td>
                <DaysLeft days={c.days_left} />
              </td>
              <td class="num">{moment(c.not_after)}</td>
              <td>
                {c.names.slice(0, 6).join(', ')}
                {c.names.length > 6 ? ', …' : ''}
              </td>
              <td>{c.issuer}</td>
              <td>{c.algorithm}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function ListenersView() {
  const answer = useResource<{ listeners: Listener[]; certificates: Certificate[] }>(
    'listeners',
    {},
    10,
  );
  if (!answer.data)
    return (
      <section class="panel">
        <h1>Listeners</h1>
        <Answer problem={answer.problem} what="the listeners" />
      </section>
    );
  const { listeners, certificates } = answer.data;
  return (
    <>
      <section class="panel">
        <h1>Listeners</h1>
        <div class="scroll" tabIndex={0} role="region" aria-label="Listeners">
          <table class="plainly">
            <thead>
              <tr>
                <th scope="col">Address</th>
                <th scope="col">Section</th>
                <th scope="col">Serves</th>
                <th scope="col">State</th>
                <th scope="col" class="n">
                  Sessions
                </th>
                <th scope="col">Defined</th>
              </tr>
            </thead>
            <tbody>
              {listeners.map((l) => (
                <tr key={l.key + l.addr}>
                  <th scope="row" class="num">
                    {l.addr}
                  </th>
                  <td>
                    <a href={linkTo('proxy', l.pxname)}>{l.pxname}</a>
                  </td>
                  <td>{l.ssl ? `TLS ${(l.alpn ?? []).join(', ')}` : 'clear text'}</td>
                  <td>{l.status ?? 'OPEN'}</td>
                  <td class="n">
                    {count(l.scur)}
                    {l.slim ? <small>/{count(l.slim)}</small> : null}
                  </td>
                  <td class="dim">{l.file ? `${l.file}:${l.line ?? ''}` : ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section class="panel">
        <h2>Certificates</h2>
        <Certificates list={certificates} />
      </section>
    </>
  );
}
