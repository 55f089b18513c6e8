// A server that answers with what a real one answered (test/fixtures/recorded): a table of requests and the name of the recording.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpFake, plain, type FakeAnswer, type HttpFake } from './fakes/httpFake.ts';

const RECORDED = join(import.meta.dirname, '../fixtures/recorded');

export interface Recording {
  readonly path: RegExp;
  /** Parameters that make it this one, of those the query has. */
  readonly query?: Readonly<Record<string, RegExp>>;
  readonly name: string;
}

function answerOf(name: string): FakeAnswer {
  const { status, contentType } = JSON.parse(readFileSync(join(RECORDED, `${name}.meta.json`), 'utf8')) as { readonly status: number; readonly contentType: string };
  return { status, type: contentType, body: readFileSync(join(RECORDED, `${name}.body`)) };
}

/** The first that fits answers; what nothing fits was not recorded, and is a fault of the test's: 418. */
export function replay(recordings: readonly Recording[]): Promise<HttpFake> {
  return httpFake((url) => {
    const fitting = recordings.find(({ path, query = {} }) => path.test(url.pathname) && Object.entries(query).every(([name, value]) => value.test(url.searchParams.get(name) ?? '')));
    return fitting === undefined ? plain(`not recorded: ${url.pathname}${url.search}`, 418) : answerOf(fitting.name);
  });
}
