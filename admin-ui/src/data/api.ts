// Requests to the control API. Addresses are relative to the page, so that it works wherever the
// listener is reached; every failure is a Problem.
import type { ProblemBody, Fault } from './types';

const base = new URL('../api/', document.baseURI);

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly faults: Fault[];

  constructor(body: Partial<ProblemBody>, status: number) {
    super(body.detail ?? body.title ?? `The listener answered ${status}.`);
    this.status = status;
    this.code = body.code ?? '';
    this.faults = body.errors ?? [];
  }
  /** The listener has no such operation, or serves no API at all. */
  get missing(): boolean {
    return this.status === 501 || (this.status === 404 && this.code === '');
  }
}

let token: string | undefined;
export function useToken(value: string | undefined): void {
  token = value;
}

export type Query = Record<string, string | number | string[] | undefined>;

export function address(path: string, query: Query = {}): string {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === '') continue;
    for (const one of Array.isArray(value) ? value : [String(value)])
      url.searchParams.append(name, one);
  }
  return url.href;
}

async function readProblem(response: Response): Promise<Problem> {
  const type = response.headers.get('content-type') ?? '';
  if (!type.includes('problem+json')) return new Problem({}, response.status);
  try {
    return new Problem((await response.json()) as ProblemBody, response.status);
  } catch {
    return new Problem({}, response.status);
  }
}

async function send<T>(path: string, init: RequestInit, query?: Query): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address(path, query), { credentials: 'same-origin', ...init });
  } catch {
    throw new Problem({ title: 'The listener does not answer.', code: 'unreachable' }, 0);
  }
  if (!response.ok) throw await readProblem(response);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch {
    throw new Problem({ title: 'The listener answered no JSON.' }, 404);
  }
}

export function get<T>(path: string, query?: Query): Promise<T> {
  return send<T>(path, { headers: { accept: 'application/json' } }, query);
}

export interface PostOptions {
  method?: 'POST' | 'DELETE';
  rev?: number;
}

const AGAIN_AFTER_MS = 1000;

/** A POST with a key of its own: it is tried once more when no answer came, and nothing is done
 * twice. */
export async function post<T>(path: string, body?: unknown, options: PostOptions = {}): Promise<T> {
  const headers: Record<string, string> = {
    accept: 'application/json',
    'content-type': 'application/json',
    'idempotency-key': uniqueKey(),
  };
  if (token) headers['x-csrf-token'] = token;
  if (options.rev !== undefined) headers['if-match'] = `"${options.rev}"`;
  const init = { method: options.method ?? 'POST', headers, body: JSON.stringify(body ?? {}) };
  try {
    return await send<T>(path, init);
  } catch (error) {
    if ((error as Problem).status !== 0) throw error;
  }
  await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
  return send<T>(path, init);
}

function uniqueKey(): string {
  // randomUUID needs a secure context, and the page may be read by plain HTTP in a private network.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}
