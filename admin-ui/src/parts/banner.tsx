// What lies above every view: a connection that is lost, changes that will be set back, and what is
// not READY and UP, since when and by whom.
import { confirmChange, undo } from '../data/actions';
import { lastSeen, link, tryNow } from '../data/live';
import { linkTo } from '../data/route';
import { mayChange, now, pending, troubles } from '../data/store';
import type { Server } from '../data/types';
import { clock, countdown, span } from '../lib/format';
import { checkWords, drainWords, standing } from '../lib/status';
import { describe } from '../lib/words';
import { useSignal } from '@preact/signals';
import { Icon } from './icon';

export function StaleBanner() {
  if (link.value === 'live' || link.value === 'starting') return null;
  const stopping = link.value === 'stopping';
  void now.value;
  return (
    <div class="strip bad" role="alert">
      <Icon name="warn" />
      <span>
        {stopping ? 'The process is stopping. ' : 'No connection to the listener. '}
        What you see is of {lastSeen.value ? clock(lastSeen.value / 1000) : 'an earlier time'}; the
        page connects again by itself.
      </span>
      <button type="button" onClick={tryNow}>
        Try now
      </button>
    </div>
  );
}

export function PendingBanner() {
  if (pending.value.length === 0) return null;
  return (
    <section class="strips" aria-label="Changes that will be set back">
      {pending.value.map((change) => (
        <div class="strip note" key={change.id}>
          <Icon name="clock" />
          <span>
            {describe(change)}: is set back in{' '}
            <b class="num">{countdown((change.expires_at ?? 0) - now.value)}</b> unless it is kept
          </span>
          <button
            type="button"
            class="primary"
            disabled={!mayChange.value}
            onClick={() => void confirmChange(change.id)}
          >
            Keep
          </button>
          <button type="button" disabled={!mayChange.value} onClick={() => void undo(change)}>
            Set back now
          </button>
        </div>
      ))}
    </section>
  );
}

function reason(s: Server): string {
  if (s.admin === 'ready') return checkWords(s.check);
  const who = s.last?.who || s.last?.from || 'the configuration';
  const note = s.last?.note ? ` (“${s.last.note}”)` : '';
  const left = s.drain ? `, ${drainWords(s)}` : '';
  return `by ${who}${note}${left}`;
}

const SHOWN = 6;

export function TroubleBanner() {
  const all = useSignal(false);
  const list = troubles.value;
  if (list.length === 0)
    return (
      <p class="fine">
        <Icon name="up" /> All servers are READY and UP.
      </p>
    );
  const shown = all.value ? list.slice(0, 200) : list.slice(0, SHOWN);
  return (
    <section class="troubles" aria-label="Not READY or not UP">
      <h2>{list.length} not READY or not UP</h2>
      <ul>
        {shown.map((s) => {
          const state = standing(s);
          return (
            <li key={s.key}>
              <span class={`badge ${state.tone}`}>
                <Icon name={state.icon} /> {state.text}
              </span>
              <a href={linkTo('server', s.pxname, s.svname)}>
                {s.pxname}/{s.svname}
              </a>
              <span class="dim">
                for {span(now.value - s.since)}, {reason(s)}
              </span>
            </li>
          );
        })}
      </ul>
      {list.length > SHOWN ? (
        <button type="button" class="plain link" onClick={() => (all.value = !all.value)}>
          {all.value ? 'Show fewer' : `Show all ${list.length}`}
        </button>
      ) : null}
    </section>
  );
}
