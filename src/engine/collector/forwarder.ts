// "Send on to…": what the collector took goes, as it came, to another OTLP/HTTP endpoint too, so that a team's collector or store keeps what
// the local one drops. A lane a path (forwardLane.ts) within one bound of bytes; of what waits and does not fit the oldest is dropped, counted
// and said. Must not know how bytes reach the wire.
import { ForwardLane, type Forwarded, type LaneOptions } from './forwardLane.ts';
import type { SignalHandler } from './signals.ts';

export interface ForwarderOptions extends Pick<LaneOptions, 'send' | 'parallel' | 'random' | 'firstRetryMs' | 'lapseMs'> {
  /** Nothing more is sent; so many requests were not delivered, as far as is known. */
  readonly end?: (lost: number) => Promise<void>;
  /** Its problem is another than before, or more is lost. */
  readonly changed: () => void;
  readonly maxBytes?: number;
}

export interface ForwarderState {
  /** Requests. */
  readonly sent: number;
  readonly waiting: number;
  readonly lost: number;
  readonly problem: string | undefined;
}

const MAX_BYTES = 64 << 20;
const TELL_MS = 1_000;
const CLOSE_MS = 2_000;

export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #lanes = new Map<string, ForwardLane>();
  readonly #ended = new AbortController();
  #added = 0;
  /** Of what waits and what is on its way. */
  #bytes = 0;
  #told: NodeJS.Timeout | undefined;
  #isNews = false;

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  get state(): ForwarderState {
    const lanes = [...this.#lanes.values()];
    const sum = (count: (lane: ForwardLane) => number): number => lanes.reduce((all, lane) => all + count(lane), 0);
    // An endpoint that is down is down for every path: said once.
    const problems = [...new Set(lanes.map(({ problem }) => problem))].filter((problem) => problem !== undefined);
    return { sent: sum(({ sent }) => sent), waiting: sum(({ waiting }) => waiting), lost: sum(({ lost }) => lost), problem: problems.length === 0 ? undefined : problems.join(' ') };
  }

  add(request: Forwarded): void {
    if (this.#ended.signal.aborted) return;
    const lane = this.#lane(request.path);
    lane.add(request, ++this.#added);
    this.#bytes += request.bytes.length;
    // One that is larger than everything is sent all the same.
    while (this.#bytes > (this.#options.maxBytes ?? MAX_BYTES) && this.state.waiting > 1) {
      const oldest = this.#oldest();
      if (oldest === undefined) break;
      oldest.dropOldest();
    }
    lane.start();
  }

  /** What waits gets a moment. */
  async close(graceMs = CLOSE_MS): Promise<void> {
    const timer = setTimeout(() => this.#ended.abort(), graceMs);
    // What is added meanwhile has the same moment, whatever its path.
    while ([...this.#lanes.values()].some((lane) => lane.isSending)) await Promise.all([...this.#lanes.values()].map((lane) => lane.idle()));
    clearTimeout(timer);
    this.#ended.abort();
    for (const lane of this.#lanes.values()) lane.close();
    clearTimeout(this.#told);
    await this.#options.end?.(this.state.lost);
  }

  #lane(path: string): ForwardLane {
    const known = this.#lanes.get(path);
    if (known !== undefined) return known;
    const lane = new ForwardLane({ ...this.#options, ended: this.#ended.signal, changed: () => this.#tell(), done: ({ bytes }) => (this.#bytes -= bytes.length) });
    this.#lanes.set(path, lane);
    return lane;
  }

  /** That whose first request has waited longest. */
  #oldest(): ForwardLane | undefined {
    return [...this.#lanes.values()].filter(({ oldest }) => oldest !== undefined).toSorted((a, b) => a.oldest! - b.oldest!)[0];
  }

  /** At once, then at most once a second: an endpoint may fail and lose thousands in one. */
  #tell(): void {
    this.#isNews = true;
    if (this.#told !== undefined || this.#ended.signal.aborted) return;
    this.#isNews = false;
    this.#told = setTimeout(() => {
      this.#told = undefined;
      if (this.#isNews) this.#tell();
    }, TELL_MS).unref();
    this.#options.changed();
  }
}

/** Only what was taken is sent on, and nobody waits for it. */
export function forwarding(handlers: ReadonlyMap<string, SignalHandler>, forwarder: Forwarder): ReadonlyMap<string, SignalHandler> {
  return new Map([...handlers].map(([path, handle]): [string, SignalHandler] => [path, async (bytes, type) => {
    const partial = await handle(bytes, type);
    if (bytes.length > 0) forwarder.add({ path, bytes, type });
    return partial;
  }]));
}
