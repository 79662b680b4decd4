// What stands instead of the page: the login, a listener without the API, or a first failure.
import { useSignal } from '@preact/signals';
import { Problem, post } from '../data/api';
import { start, trouble } from '../data/live';
import { session } from '../data/store';

export function Missing() {
  return (
    <section class="panel narrowly">
      <h1>No control API here</h1>
      <p>
        This listener serves the page but not the API that it works with. Traffic is not affected.
        The classic page and the runtime socket show and change the same things.
      </p>
      <p class="actions">
        <button type="button" onClick={() => void start()}>
          Look again
        </button>
      </p>
    </section>
  );
}

export function Login() {
  const user = useSignal('');
  const password = useSignal('');
  const fault = useSignal('');
  const submit = async () => {
    try {
      await post('session', { user: user.value, password: password.value });
      password.value = '';
      await start();
    } catch (error) {
      const p = error as Problem;
      fault.value = p.status === 401 ? 'The name or the password is wrong.' : p.message;
    }
  };
  if (session.value?.login === false)
    return (
      <section class="panel narrowly">
        <h1>Not allowed</h1>
        <p>{trouble.value || 'You may not read the state of this process.'}</p>
        <p class="actions">
          <button type="button" onClick={() => void start()}>
            Try again
          </button>
        </p>
      </section>
    );
  return (
    <section class="panel narrowly">
      <h1>Log in</h1>
      <form class="fields" onSubmit={(e) => (e.preventDefault(), void submit())}>
        <label>
          User
          <input
            value={user.value}
            autocomplete="username"
            required
            autofocus
            onInput={(e) => (user.value = e.currentTarget.value)}
          />
        </label>
        <label>
          Password
          <input
            type="password"
            value={password.value}
            autocomplete="current-password"
            required
            onInput={(e) => (password.value = e.currentTarget.value)}
          />
        </label>
        <p class="fault" role="alert">
          {fault.value}
        </p>
        <div class="actions">
          <button type="submit" class="primary">
            Log in
          </button>
          {session.value?.may.read ? (
            <button type="button" onClick={() => void start()}>
              Not now
            </button>
          ) : null}
        </div>
      </form>
    </section>
  );
}

export function Starting() {
  return (
    <p class="empty" role="status">
      {trouble.value ? `${trouble.value} Trying again…` : 'Reading the state…'}
    </p>
  );
}
