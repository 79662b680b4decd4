// Where the page is: the address's fragment, so that it works under whatever path it is served.
import { signal } from '@preact/signals';

export interface Route {
  view: string;
  words: string[];
  query: URLSearchParams;
}

function parse(hash: string): Route {
  const [path, query] = hash.replace(/^#\/?/, '').split('?');
  const words = (path ?? '').split('/').filter(Boolean).map(decodeURIComponent);
  return { view: words[0] ?? '', words: words.slice(1), query: new URLSearchParams(query ?? '') };
}

export const route = signal(parse(location.hash));

export function startRoute(): void {
  addEventListener('hashchange', () => {
    route.value = parse(location.hash);
    scrollTo(0, 0);
  });
}

export function go(hash: string): void {
  location.hash = hash;
}

export function linkTo(...words: string[]): string {
  return '#/' + words.map(encodeURIComponent).join('/');
}
