// The dialog for changes that take a value, a note, a deadline or an end of their own.
import { useSignal } from '@preact/signals';
import { change, safety } from '../data/actions';
import { form, type Form } from '../data/serveractions';
import type { Action, Kind } from '../data/types';
import { nameOf } from '../lib/key';
import { Modal } from './overlay';

const TITLES: Partial<Record<Kind, string>> = {
  state: 'State',
  weight: 'Weight',
  maxconn: 'Maxconn',
  addr: 'Address',
  add: 'Add a server',
};

const EXPIRES = [0, 1, 5, 15, 30, 60];
const DEADLINES = [0, 30, 60, 300, 900, 3600];

/** Why the value would be refused; empty when it is fine. */
export function fault(kind: Kind, value: string): string {
  if (kind === 'weight') {
    const match = /^(\d+)(%?)$/.exec(value.trim());
    if (!match) return 'A weight is a whole number, or a percentage of the configured one.';
    if (!match[2] && Number(match[1]) > 256) return 'A weight is at most 256.';
  }
  if (kind === 'maxconn' && !/^\d{1,9}$/.test(value.trim()))
    return 'A whole number; 0 is no limit.';
  if (kind === 'addr' && !/^(\[?[0-9a-zA-Z.:_-]+\]?)?(:\d{1,5})?$/.test(value.trim()))
    return 'An address, with a port or without.';
  if (kind === 'add' && !/^\S+ \S+/.test(value.trim()))
    return 'A name and an address, as on a server line.';
  return value.trim() === '' ? 'Something must stand here.' : '';
}

/** The actions that the dialog's fields mean. */
export function actionsOf(given: Form, value: string): Action[] {
  const text = value.trim();
  if (given.kind === 'add') {
    const [, name, rest] = /^(\S+) (.+)$/.exec(text)!;
    return [{ target: `s:${given.keys[0]!.slice(2)}/${name}`, set: 'add', value: rest! }];
  }
  const plain = given.kind === 'maxconn' || (given.kind === 'weight' && !text.endsWith('%'));
  return given.keys.map((target) => ({
    target,
    set: given.kind,
    value: plain ? Number(text) : text,
  }));
}

function Value(props: { kind: Kind; value: string; onInput: (v: string) => void }) {
  if (props.kind === 'state')
    return (
      <label>
        State
        <select value={props.value} onChange={(e) => props.onInput(e.currentTarget.value)}>
          <option value="ready">READY: takes traffic, checks decide</option>
          <option value="drain">DRAIN: nothing new, persistent clients stay</option>
          <option value="maint">MAINT: nothing at all, no checks</option>
        </select>
      </label>
    );
  const hints: Partial<Record<Kind, string>> = {
    weight: '0 to 256, or 50% of the configured one',
    maxconn: '0 is no limit',
    addr: '10.0.0.7:8080',
    add: 'new2 10.0.0.8:80 check weight 10',
  };
  return (
    <label>
      {props.kind === 'add' ? 'Name, address and options' : TITLES[props.kind]}
      <input
        value={props.value}
        placeholder={hints[props.kind]}
        autofocus
        autocomplete="off"
        onInput={(e) => props.onInput(e.currentTarget.value)}
      />
      <small>{hints[props.kind]}</small>
    </label>
  );
}

const minutes = (n: number): string => (n === 0 ? 'never' : `in ${n} min, unless kept`);
const seconds = (n: number): string =>
  n === 0 ? 'none: wait for the clients' : n < 120 ? `${n} s` : `${n / 60} min`;

export function FormHost() {
  const given = form.value;
  return given ? <ChangeForm key={given.kind + given.keys.join()} given={given} /> : null;
}

function ChangeForm({ given }: { given: Form }) {
  const value = useSignal(given.value);
  const note = useSignal('');
  const expires = useSignal(safety.value);
  const deadline = useSignal(0);
  const wrong = fault(given.kind, value.value);
  const leaves = given.kind === 'state' && value.value !== 'ready';
  const close = () => (form.value = null);
  const names = given.keys.slice(0, 3).map(nameOf).join(', ');
  const more = given.keys.length > 3 ? ` and ${given.keys.length - 3} more` : '';
  const submit = async () => {
    close();
    await change(actionsOf(given, value.value), {
      note: note.value.trim() || undefined,
      expires: expires.value,
      deadline: leaves ? deadline.value || undefined : undefined,
    });
  };
  return (
    <Modal title={`${TITLES[given.kind] ?? 'Change'}: ${names}${more}`} onClose={close}>
      <form
        class="fields"
        onSubmit={(e) => {
          e.preventDefault();
          if (wrong === '') void submit();
        }}
      >
        <Value kind={given.kind} value={value.value} onInput={(v) => (value.value = v)} />
        {leaves ? (
          <label>
            Deadline of the drain
            <select
              value={deadline.value}
              onChange={(e) => (deadline.value = Number(e.currentTarget.value))}
            >
              {DEADLINES.map((s) => (
                <option key={s} value={s}>
                  {seconds(s)}
                </option>
              ))}
            </select>
            <small>
              Idle connections close at once, tunnels one after the other, the rest at the deadline.
            </small>
          </label>
        ) : null}
        {given.kind === 'add' ? null : (
          <label>
            Set back by itself
            <select
              value={expires.value}
              onChange={(e) => (expires.value = Number(e.currentTarget.value))}
            >
              {EXPIRES.map((m) => (
                <option key={m} value={m}>
                  {minutes(m)}
                </option>
              ))}
            </select>
            <small>Also when you are offline, and across a restart.</small>
          </label>
        )}
        <label>
          Note for the log
          <input
            value={note.value}
            maxLength={500}
            placeholder="why"
            autocomplete="off"
            onInput={(e) => (note.value = e.currentTarget.value)}
          />
        </label>
        <p class="fault" role="status">
          {value.value === given.value ? '' : wrong}
        </p>
        <div class="actions">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={wrong !== ''}>
            Apply
          </button>
        </div>
      </form>
    </Modal>
  );
}
