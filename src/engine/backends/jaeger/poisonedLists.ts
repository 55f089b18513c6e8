// Lists of services whose traces v1 cannot write: by v3; where there is none, by v1 around them. Remembers whose, and where in time.
// Must not know how an answer is read.
import type { TimeWindow } from '../backend.ts';
import type { Answer } from './answers.ts';
import { v1Traces, v3Traces } from './answers.ts';
import { UnwritableTraces, type JaegerApi, type JaegerSearch } from './api.ts';
import { around, isolatePoison, poisonedIds, unreadNote } from './poison.ts';

export type ServiceSearch = JaegerSearch & { readonly service: string };

export class PoisonedLists {
  readonly #api: JaegerApi;
  readonly #services = new Set<string>();
  /** Where v1 is all there is: when the traces of a service began that cannot be read. */
  readonly #unread = new Map<string, readonly TimeWindow[]>();
  #searchV3Gone = false;

  constructor(api: JaegerApi) {
    this.#api = api;
  }

  has(service: string): boolean {
    return this.#services.has(service);
  }

  /** `failed`: v1 was just asked for all of the window. */
  async list(search: ServiceSearch, signal: AbortSignal, failed: boolean): Promise<Answer> {
    this.#services.add(search.service);
    const reply = this.#searchV3Gone ? 'notServed' : await this.#api.searchV3(search, signal);
    this.#searchV3Gone = reply === 'notServed';
    if (reply === 'notServed') return this.#withoutPoisoned(search, signal, failed);
    const answer = await v3Traces(reply, search, signal);
    const ids = reply === 'nothing' ? [] : poisonedIds(reply.json);
    return ids.length === 0 ? answer : { ...answer, notes: [...answer.notes, `${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ` and ${ids.length - 10} more` : ''} ${ids.length === 1 ? 'has' : 'have'} values that are no numbers (NaN or infinite), which Jaeger's v1 API cannot answer: read by v3.`] };
  }

  async #withoutPoisoned(search: ServiceSearch, signal: AbortSignal, failed: boolean): Promise<Answer> {
    const known = this.#unread.get(search.service) ?? [];
    const ask = async (window: TimeWindow): Promise<Answer> => v1Traces(await this.#api.searchV1({ ...search, window }, signal), search, signal);
    const answers: Answer[] = [];
    const unread = known.filter(({ startNs, endNs }) => startNs < search.window.endNs && endNs > search.window.startNs);
    for (const window of around(search.window, known)) {
      try {
        if (!failed || known.length > 0) {
          answers.push(await ask(window));
          continue;
        }
      } catch (error) {
        if (!(error instanceof UnwritableTraces)) throw error;
      }
      const isolated = await isolatePoison(window, ask);
      answers.push(...isolated.answers);
      unread.push(...isolated.unread);
      this.#unread.set(search.service, [...(this.#unread.get(search.service) ?? []), ...isolated.unread]);
    }
    // Bounds are µs and inclusive: neighbours may share a trace.
    const traces = new Map(answers.flatMap((answer) => answer.traces).map((trace) => [trace.ref.traceId, trace]));
    return { traces: [...traces.values()], full: answers.some(({ full }) => full), notes: [...answers.flatMap(({ notes }) => notes), ...unread.map(unreadNote)] };
  }
}
