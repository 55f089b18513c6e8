// Which colour a service has: by its place in order of first appearance, so that a trace looks the same every time.
import type { TraceColumns } from '../src/model/trace.ts';

export class ServiceOrder {
  readonly #places = new Map<number, number>();
  readonly #names: readonly string[];
  #strings: readonly string[] = [];

  /** `services`: names in order of first appearance. */
  constructor(services: readonly string[]) {
    this.#names = services;
  }

  /** The string table may grow while chunks arrive; indices stay. */
  use(columns: TraceColumns): void {
    this.#strings = columns.strings;
  }

  /** `service`: index into the string table. */
  of(service: number): number {
    const known = this.#places.get(service);
    if (known !== undefined) return known;
    const place = this.#names.indexOf(this.#strings[service] ?? '');
    const order = place >= 0 ? place : this.#names.length + this.#places.size;
    this.#places.set(service, order);
    return order;
  }
}
