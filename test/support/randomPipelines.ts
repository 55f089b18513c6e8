// Pipelines nobody designed: a seeded tree of services with operations, times and attributes of every type drawn at random,
// and one fault of each kind put in at a random span. They keep the "why" engine from being fitted to the catalogue.
import { step } from './pipelineCatalogue.ts';
import { type Expectation, type Pipeline, Random, type Step } from './pipelines.ts';

interface Shape {
  readonly service: string;
  readonly name: string;
  readonly middle: number;
  readonly sigma: number;
  readonly makers: readonly { readonly key: string; readonly make: (r: Random) => string | number | boolean }[];
  readonly children: readonly Shape[];
  readonly parallel: boolean;
  readonly kind: number;
}

const SYLLABLES = ['ka', 'lo', 'mi', 'ru', 'ten', 'sor', 'vel', 'qua', 'dri', 'pon', 'zet', 'hul'];
const word = (r: Random): string => r.pick(SYLLABLES) + r.pick(SYLLABLES) + (r.chance(0.4) ? r.pick(SYLLABLES) : '');

/** Attributes as instrumentations have them: constants, enumerations, amounts, ids, texts, flags. */
function makerOf(r: Random): Shape['makers'][number] {
  const key = `${word(r)}.${word(r)}`;
  const low = r.int(1, 50);
  const words = Array.from({ length: r.int(2, 5) }, () => word(r));
  const spread = 0.05 + r.next() * 0.5;
  return r.pick([
    { key, make: () => words[0]! },
    { key, make: (q: Random) => q.pick(words) },
    { key, make: (q: Random) => q.int(low, low * 2) },
    { key, make: (q: Random) => Math.round(q.around(low * 100, spread)) },
    { key, make: (q: Random) => q.hex(16) },
    { key, make: (q: Random) => q.words(q.int(3, 12)) },
    { key, make: (q: Random) => q.chance(0.7) },
    { key, make: (q: Random) => q.around(low, spread) },
  ]);
}

function shapeOf(r: Random, depth: number, services: readonly string[]): Shape {
  const leaf = depth === 0 || r.chance(0.25);
  return {
    service: r.pick(services),
    name: `${word(r)} ${word(r)}`,
    middle: leaf ? 5 + r.next() * 120 : 2 + r.next() * 15,
    sigma: 0.05 + r.next() * 0.25,
    makers: Array.from({ length: r.int(1, 6) }, () => makerOf(r)),
    children: leaf ? [] : Array.from({ length: r.int(2, 4) }, () => shapeOf(r, depth - 1, services)),
    parallel: r.chance(0.15),
    kind: r.pick([1, 2, 3]),
  };
}

interface Place {
  readonly shape: Shape;
  readonly before: Shape | undefined;
  readonly parent: Shape;
}

/** Spans that are waited for: no child of a parallel parent. */
function placesOf(root: Shape): Place[] {
  const places: Place[] = [];
  const open = [root];
  while (open.length > 0) {
    const parent = open.pop()!;
    if (parent.parallel) continue;
    parent.children.forEach((shape, i) => {
      places.push({ shape, before: parent.children[i - 1], parent });
      open.push(shape);
    });
  }
  return places;
}

/** About how long a normal trace takes, ms. */
function lengthOf(root: Shape): number {
  let sum = 0;
  const open = [root];
  while (open.length > 0) {
    const shape = open.pop()!;
    sum += shape.middle;
    open.push(...shape.children);
  }
  return sum;
}

type Kind = 'amount' | 'name' | 'flagBefore' | 'resource' | 'newSpan' | 'calls' | 'time' | 'missing' | 'parentAmount';
const KINDS: readonly Kind[] = ['amount', 'name', 'flagBefore', 'resource', 'newSpan', 'calls', 'time', 'missing', 'parentAmount'];

export function randomPipeline(seed: number): Pipeline {
  const r = new Random(seed * 31 + 7);
  const services = Array.from({ length: r.int(2, 5) }, () => word(r));
  let root = shapeOf(r, 3, services);
  while (root.children.length === 0 || root.parallel) root = shapeOf(r, 3, services);
  const places = placesOf(root);
  const possible = places.filter(({ before, shape }) => before !== undefined && shape.children.length === 0);
  if (possible.length === 0) return randomPipeline(seed + 1000);
  const place = r.pick(possible);
  const target = place.shape;
  const more = lengthOf(root) * (0.7 + 1.5 * r.next());
  const expected = (attributes: readonly string[]): Expectation => ({ spans: [target.name, ...(place.before === undefined ? [] : [place.before.name])], attributes });
  const faults: Record<Kind, Expectation> = {
    amount: expected(['injected.amount']),
    name: expected(['injected.name']),
    flagBefore: expected(['injected.flag']),
    resource: expected(['injected.build']),
    newSpan: { spans: ['injected detour'], attributes: [] },
    calls: expected(['count']),
    time: expected([]),
    missing: expected(['injected.hint']),
    parentAmount: expected(['injected.asked']),
  };
  return {
    name: `random ${seed}`,
    faults: Object.fromEntries(KINDS.map((kind) => [kind, faults[kind]])),
    make: (random, fault) => grow(root, random, fault as Kind | undefined, place, more),
  };
}

/** Trees are four deep. */
function grow(shape: Shape, r: Random, fault: Kind | undefined, place: Place, more: number): Step {
  const hit = shape === place.shape;
  const attributes: Record<string, string | number | boolean> = {};
  for (const { key, make } of shape.makers) attributes[key] = make(r);
  if (hit) {
    attributes['injected.amount'] = fault === 'amount' ? r.int(400, 600) : r.int(15, 25);
    attributes['injected.name'] = fault === 'name' ? 'odd' : r.pick(['even', 'even', 'level']);
    if (fault !== 'missing') attributes['injected.hint'] = 'by-key';
  }
  if (shape === place.before) attributes['injected.flag'] = fault === 'flagBefore';
  if (shape === place.parent) attributes['injected.asked'] = fault === 'parentAmount' ? r.int(900, 1100) : r.int(9, 12);
  const extra = hit && fault !== undefined && fault !== 'newSpan' && fault !== 'calls' ? more * (0.8 + 0.4 * r.next()) : 0;
  const children = shape.children.flatMap((child): Step[] => {
    const one = (): Step => grow(child, r, fault, place, more);
    if (child !== place.shape) return [one()];
    if (fault === 'calls') return Array.from({ length: Math.min(300, Math.ceil(more / child.middle) + 3) }, one);
    if (fault === 'newSpan') return [step(child.service, 'injected detour', r.around(20), {}, [step(child.service, 'injected inner', r.around(more))]), one()];
    return [one()];
  });
  return {
    service: shape.service,
    name: shape.name,
    own: r.around(shape.middle, shape.sigma) + extra,
    kind: shape.kind,
    attributes,
    children,
    parallel: shape.parallel,
    ...(hit ? { resource: { 'injected.build': fault === 'resource' ? 'b77' : r.pick(['b75', 'b76']) } } : {}),
  };
}
