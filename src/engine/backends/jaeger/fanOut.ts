// Where a storage cannot search without a service: the search is made service by service, two at a time, for ten at most; the others are
// named. And Jaeger's own service, which its own API calls fill (recorded 7). Must not know how one service is searched.
import type { SourcePage, SourceTrace } from '../source.ts';

const MAX_SERVICES = 10;
const PARALLEL = 2;
const NAMED = 20;

/** Jaeger's processes trace themselves under these names. */
const OWN: ReadonlySet<string> = new Set(['jaeger', 'jaeger-query', 'jaeger-collector', 'jaeger-ingester', 'jaeger-agent', 'jaeger-all-in-one']);

/** A trace of nothing but Jaeger itself, in a list that did not ask for it. */
export const isOwn = ({ summary }: SourceTrace, asked: string | undefined): boolean =>
  summary.services.length > 0 && summary.services.every((name) => OWN.has(name)) && (asked === undefined || !OWN.has(asked));

export interface Pick {
  readonly services: readonly string[];
  /** Not searched. */
  readonly rest: readonly string[];
}

/** `chosen`: of the connection's settings, separated by commas. */
export function pickedServices(chosen: string | undefined, known: readonly string[]): Pick {
  const wanted = [...new Set((chosen ?? '').split(',').map((name) => name.trim()).filter((name) => name !== ''))];
  const all = wanted.length > 0 ? wanted : known.filter((name) => !OWN.has(name));
  return { services: all.slice(0, MAX_SERVICES), rest: all.slice(MAX_SERVICES) };
}

/** One page of all picked services' pages. The first failure is the answer's. */
export async function perService({ services, rest }: Pick, ask: (service: string) => Promise<SourcePage>): Promise<SourcePage> {
  const pages: SourcePage[] = [];
  const queue = [...services];
  const worker = async (): Promise<void> => {
    for (let service = queue.shift(); service !== undefined; service = queue.shift()) {
      try {
        pages.push(await ask(service));
      } catch (error) {
        queue.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  const traces = new Map(pages.flatMap((page) => page.traces).map((trace) => [trace.ref.traceId, trace]));
  return { traces: [...traces.values()], full: pages.some(({ full }) => full), notes: [...new Set(pages.flatMap(({ notes }) => notes)), ...restNotes(services, rest)] };
}

function restNotes(services: readonly string[], rest: readonly string[]): string[] {
  if (rest.length === 0) return [];
  const named = rest.slice(0, NAMED).join(', ');
  return [`This Jaeger searches one service at a time: ${services.join(', ')} were searched, not ${named}${rest.length > NAMED ? ` and ${rest.length - NAMED} more` : ''}. Choose others in the connection's settings.`];
}
