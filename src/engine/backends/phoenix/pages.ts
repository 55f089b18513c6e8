// Phoenix's lists, page by page: every answer is {"data":[…],"next_cursor":…}. Says how reading them ended, so that a part is never shown as
// the whole. Must not know what is in them.
import { isObject, items, text } from '../../../formats/jsonFields.ts';
import { BackendError } from '../backend.ts';

export interface PhoenixPage {
  readonly data: readonly unknown[];
  /** undefined: it was the last. */
  readonly next: string | undefined;
}

/** last: nothing is behind it. bound: more pages than are read. repeat: a cursor came a second time. gone: a later page was there no more. */
export type PagesEnd = 'last' | 'bound' | 'repeat' | 'gone';

/** Throws badData for JSON that is no page. */
export function pageOf(document: unknown, what: string): PhoenixPage {
  if (!isObject(document) || !Array.isArray(document['data'])) throw new BackendError('badData', `${what} was answered with JSON that has no "data", so this is no Phoenix; check the address.`);
  const next = text(document['next_cursor']);
  return { data: items(document['data']), next: next === '' ? undefined : next };
}

/** `ask` answers undefined where the page is not there; `take` gets the data of each. */
export async function everyPage(maxPages: number, ask: (cursor: string | undefined) => Promise<PhoenixPage | undefined>, take: (data: readonly unknown[]) => void): Promise<PagesEnd> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let pages = 0; pages < maxPages; pages++) {
    const page = await ask(cursor);
    if (page === undefined) return 'gone';
    take(page.data);
    if (page.next === undefined) return 'last';
    if (seen.has(page.next)) return 'repeat';
    seen.add((cursor = page.next));
  }
  return 'bound';
}
