// Answers of servers that are saved as files, page by page: one that goes on is not the whole.
import { isObject, text } from './jsonFields.ts';

/** A sentence, where the document says that its server has more. */
export function nextPageNote(document: unknown): string | undefined {
  return isObject(document) && text(document['next_cursor']) !== '' ? 'this is one page of an answer that goes on ("next_cursor"); the rest is not in it.' : undefined;
}
