// Which service calls which, as Zipkin and Jaeger after it list it: {parent, child, callCount}, and made one entry a pair. Must not know who asks.
import { count, isObject, items, text } from '../../formats/jsonFields.ts';
import type { ServiceDependency } from '../../protocol/connections.ts';

/** Entries without both names, or without a call, are none. */
export function dependenciesOf(list: unknown): ServiceDependency[] {
  return items(list).filter(isObject).flatMap((entry) => {
    const [parent, child, calls, errors] = [text(entry['parent']), text(entry['child']), count(entry['callCount']), count(entry['errorCount'])];
    return parent === '' || child === '' || calls === 0 ? [] : [{ parent, child, calls, ...(errors === 0 ? {} : { errors }) }];
  });
}

/** Most calls first; storages that list a pair for each day are summed up. */
export function summedUp(dependencies: readonly ServiceDependency[]): readonly ServiceDependency[] {
  const pairs = Map.groupBy(dependencies, ({ parent, child }) => JSON.stringify([parent, child]));
  const sum = (of: readonly ServiceDependency[]): ServiceDependency => {
    const errors = of.reduce((all, one) => all + (one.errors ?? 0), 0);
    return { parent: of[0]!.parent, child: of[0]!.child, calls: of.reduce((all, one) => all + one.calls, 0), ...(errors === 0 ? {} : { errors }) };
  };
  return [...pairs.values()].map(sum).toSorted((a, b) => b.calls - a.calls || (a.parent + a.child < b.parent + b.child ? -1 : 1));
}
