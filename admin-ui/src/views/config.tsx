// The running configuration with its source lines; check, diff and reload of the files on disk.
import { useComputed, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { report } from '../data/actions';
import { post, type Problem } from '../data/api';
import { useResource } from '../data/resource';
import { mayConfigure } from '../data/store';
import { toast } from '../data/toasts';
import type { Change, Configuration, Fault } from '../data/types';
import { moment } from '../lib/format';
import { Answer } from '../parts/answer';
import { Modal } from '../parts/overlay';

function Faults({ list }: { list: Fault[] }) {
  return (
    <ul class="faults">
      {list.map((f) => (
        <li
          key={`${f.file}:${f.line}:${f.detail}`}
          class={f.severity === 'warning' ? 'warn' : 'bad'}
        >
          <b>{f.file ? `${f.file}:${f.line ?? ''}${f.column ? `:${f.column}` : ''}` : ''}</b>{' '}
          {f.detail}
          {f.source ? (
            <code>
              {f.source}
              {f.column ? `\n${' '.repeat(f.column - 1)}^` : ''}
            </code>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function Diff({ text }: { text: string }) {
  return (
    <pre class="diff" tabIndex={0} aria-label="Difference">
      {text.split('\n').map((line, i) => {
        const kind = line.startsWith('+') ? 'plus' : line.startsWith('-') ? 'minus' : '';
        return (
          <span key={i} class={kind}>
            {line}
            {'\n'}
          </span>
        );
      })}
    </pre>
  );
}

function Source({ config, file }: { config: Configuration; file: number }) {
  const host = useRef<HTMLPreElement>(null);
  const one = config.files[file] ?? config.files[0];
  const sections = (config.sections ?? []).filter((s) => s.file === file);
  if (!one) return null;
  return (
    <div class="source">
      <nav aria-label="Sections" class="sections">
        {sections.map((s) => (
          <button
            type="button"
            class="plain"
            key={`${s.kind}${s.name}${s.line}`}
            onClick={() => host.current?.querySelector(`[data-line="${s.line}"]`)?.scrollIntoView()}
          >
            <small>{s.kind}</small> {s.name}
          </button>
        ))}
      </nav>
      <pre ref={host} class="text" tabIndex={0} aria-label={`Text of ${one.path}`}>
        {one.text
          .replace(/\n$/, '')
          .split('\n')
          .map((line, i) => (
            <span key={i} data-line={i + 1} class={/^[a-z]/.test(line) ? 'section' : ''}>
              <i aria-hidden="true">{i + 1}</i>
              {line}
              {'\n'}
            </span>
          ))}
      </pre>
    </div>
  );
}

function ReloadDialog({
  diff,
  onClose,
  onDone,
}: {
  diff: string;
  onClose: () => void;
  onDone: (faults: Fault[]) => void;
}) {
  const note = useSignal('');
  const busy = useSignal(false);
  const reload = async () => {
    busy.value = true;
    try {
      await post<Change>('config/reload', note.value ? { note: note.value } : {});
      toast({ tone: 'ok', text: 'The new configuration runs.' });
      onDone([]);
    } catch (error) {
      const problem = error as Problem;
      if (problem.faults.length === 0) report(problem);
      onDone(problem.faults);
    }
  };
  return (
    <Modal title="Reload the configuration" onClose={onClose} wide>
      {diff === '' ? <p>The files on disk are what runs already.</p> : <Diff text={diff} />}
      <p class="dim">A configuration with an error replaces nothing; no request is lost.</p>
      <form class="fields" onSubmit={(e) => (e.preventDefault(), void reload())}>
        <label>
          Note for the log
          <input
            value={note.value}
            maxLength={500}
            placeholder="why"
            onInput={(e) => (note.value = e.currentTarget.value)}
          />
        </label>
        <div class="actions">
          <button type="button" autofocus onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy.value}>
            Reload
          </button>
        </div>
      </form>
    </Modal>
  );
}

interface Found {
  title: string;
  faults?: Fault[];
  diff?: string;
}

export function ConfigView() {
  const answer = useResource<Configuration>('config', {}, 15);
  const file = useSignal(0);
  const found = useSignal<Found | null>(null);
  const reloading = useSignal<string | null>(null);
  const locked = useComputed(() => !mayConfigure.value);
  const diff = () => post<{ same: boolean; diff: string }>('config/diff').then((d) => d.diff);
  const guarded = (run: () => Promise<void>) => () => void run().catch((e: unknown) => report(e));
  const check = guarded(async () => {
    const result = await post<{ ok: boolean; errors: Fault[] }>('config/check');
    const title = result.ok ? 'The files on disk are valid.' : 'The files on disk have errors.';
    found.value = { title, faults: result.errors };
  });
  const show = guarded(async () => {
    const text = await diff();
    found.value = {
      title: text === '' ? 'No difference.' : 'On disk, but not running',
      diff: text,
    };
  });
  const ask = guarded(async () => void (reloading.value = await diff()));
  if (!answer.data)
    return (
      <section class="panel">
        <h1>Configuration</h1>
        <Answer problem={answer.problem} what="the configuration" />
      </section>
    );
  const config = answer.data;
  return (
    <section class="panel">
      <div class="title">
        <h1>Configuration</h1>
        <span class="dim">
          loaded {moment(config.loaded_at)}
          {config.who ? ` by ${config.who}` : ''}
        </span>
        {config.changed_on_disk ? <span class="tag">changed on disk</span> : null}
        <span class="space" />
        <button type="button" disabled={locked.value} onClick={check}>
          Check
        </button>
        <button type="button" disabled={locked.value} onClick={show}>
          Difference
        </button>
        <button type="button" class="primary" disabled={locked.value} onClick={ask}>
          Reload…
        </button>
      </div>
      <div role="status">
        {found.value ? (
          <div class="found">
            <div class="title">
              <h2>{found.value.title}</h2>
              <span class="space" />
              <button type="button" onClick={() => (found.value = null)}>
                Close
              </button>
            </div>
            {found.value.faults ? <Faults list={found.value.faults} /> : null}
            {found.value.diff ? <Diff text={found.value.diff} /> : null}
          </div>
        ) : null}
      </div>
      <div class="segments" role="group" aria-label="Files">
        {config.files.map((f, i) => (
          <button
            type="button"
            key={f.path}
            aria-pressed={file.value === i}
            onClick={() => (file.value = i)}
          >
            {f.path}
          </button>
        ))}
      </div>
      <Source config={config} file={file.value} />
      {reloading.value !== null ? (
        <ReloadDialog
          diff={reloading.value}
          onClose={() => (reloading.value = null)}
          onDone={(faults) => {
            reloading.value = null;
            if (faults.length > 0)
              found.value = { title: 'Not reloaded: the files have errors.', faults };
            answer.reload();
          }}
        />
      ) : null}
    </section>
  );
}
