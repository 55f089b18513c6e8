// Zipkin reports one span in pieces: client and server half under one id, late pieces without an end (backends.md §2 "Shared spans").
// Puts the pieces of each half together and gives every half an id of its own. Works on one trace; knows no OTLP.
import type { JsonObject } from './jsonFields.ts';

export interface ZipkinEndpoint {
  readonly serviceName: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly port: number;
}

/** A piece as it was reported; times in ns. */
export interface ZipkinPiece {
  readonly id: string;
  readonly parentId: string;
  /** Upper case, "" for a local span. */
  readonly kind: string;
  readonly shared: boolean;
  readonly name: string;
  readonly timestamp: bigint | undefined;
  readonly duration: bigint | undefined;
  readonly local: ZipkinEndpoint | undefined;
  readonly remote: ZipkinEndpoint | undefined;
  readonly annotations: readonly { readonly timestamp: bigint; readonly value: string }[];
  /** As they were reported: no objects of their own, as there are ten to a span. */
  readonly tags: JsonObject;
  readonly debug: boolean;
}

/** One span: its pieces put together, under the id it is shown with. */
export interface ZipkinHalf {
  readonly piece: ZipkinPiece;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** How many reported pieces it is made of. */
  readonly pieces: number;
}

/** Pieces of one side of one span; what the first pieces said of it decides what still belongs to it. */
interface Side {
  kind: string;
  shared: boolean;
  local: ZipkinEndpoint | undefined;
  readonly members: ZipkinPiece[];
}

/** More sides of one id than any real call has; a piece beyond them stays on its own, so crafted input costs no more than its size. */
const MAX_SIDES = 32;

const isServing = (side: Side): boolean => side.shared || side.kind === 'SERVER' || side.kind === 'CONSUMER';
const isCalling = (side: Side): boolean => !isServing(side) && (side.kind === 'CLIENT' || side.kind === 'PRODUCER');
const serviceOf = ({ local }: Pick<ZipkinPiece, 'local'>): string => local?.serviceName ?? '';

/** All pieces of one trace → its spans. */
export function joinPieces(pieces: readonly ZipkinPiece[]): ZipkinHalf[] {
  const taken = new Set<string>();
  const repeated = new Set<string>();
  for (const { id } of pieces) {
    if (taken.has(id)) repeated.add(id);
    else taken.add(id);
  }
  const calls = sidesById(repeated.size === 0 ? [] : pieces.filter(({ id }) => repeated.has(id)));
  const servers = new Map<string, Map<string, string>>();
  const halves: ZipkinHalf[] = [];
  for (const piece of pieces) {
    const sides = calls.get(piece.id);
    // Nearly all spans come in one piece.
    if (sides === undefined) halves.push({ piece, spanId: piece.id, parentSpanId: piece.parentId, pieces: 1 });
    else if (repeated.delete(piece.id)) for (const half of halvesOf(piece.id, sides, servers, taken)) halves.push(half);
  }
  if (servers.size === 0) return halves;
  const callers = new Map<string, ReadonlySet<string>>();
  return halves.map((half) => {
    const { piece, spanId } = half;
    const own = servers.get(piece.parentId);
    if (own === undefined || spanId !== piece.id) return half;
    let services = callers.get(piece.parentId);
    if (services === undefined) callers.set(piece.parentId, (services = new Set(calls.get(piece.parentId)!.filter(isCalling).map(serviceOf))));
    return { ...half, parentSpanId: parentAmong(own, services, piece.parentId, serviceOf(piece)) };
  });
}

/** A called side gets an id of its own, below the caller's: told to `servers`. */
function halvesOf(id: string, sides: readonly Side[], servers: Map<string, Map<string, string>>, taken: Set<string>): ZipkinHalf[] {
  const called = sides.some(isCalling);
  return sides.map((side) => {
    const piece = merge(side.members);
    const pieces = side.members.length;
    if (!called || !isServing(side)) return { piece, spanId: id, parentSpanId: piece.parentId, pieces };
    const spanId = derivedId(id, serviceOf(side), taken);
    addTo(servers, id, serviceOf(side), spanId);
    return { piece, spanId, parentSpanId: id, pieces };
  });
}

/** A child hangs under the server half of its own service; the client's own children stay with the client; all others go to the first server. */
function parentAmong(servers: ReadonlyMap<string, string>, callers: ReadonlySet<string>, id: string, service: string): string {
  const own = servers.get(service);
  if (own !== undefined) return own;
  if (callers.has(service)) return id;
  const [first] = servers.values();
  return first ?? id;
}

function sidesById(pieces: readonly ZipkinPiece[]): Map<string, Side[]> {
  const byId = new Map<string, Side[]>();
  for (const piece of pieces) {
    let sides = byId.get(piece.id);
    if (sides === undefined) byId.set(piece.id, (sides = []));
    const side = sides.length > MAX_SIDES ? undefined : sides.find((known) => belongsTo(piece, known));
    if (side === undefined) {
      sides.push({ kind: piece.kind, shared: piece.shared, local: piece.local, members: [piece] });
    } else {
      side.kind ||= piece.kind;
      side.shared ||= piece.shared;
      side.local ??= piece.local;
      side.members.push(piece);
    }
  }
  return byId;
}

function addTo(servers: Map<string, Map<string, string>>, id: string, service: string, spanId: string): void {
  let known = servers.get(id);
  if (known === undefined) servers.set(id, (known = new Map()));
  if (!known.has(service)) known.set(service, spanId);
}

/** Sides differ in kind or endpoint; a piece that says neither goes to the first. */
function belongsTo(piece: ZipkinPiece, side: Side): boolean {
  return compatibleKinds(piece, side) && compatible(piece.local, side.local);
}

function compatibleKinds(a: ZipkinPiece, b: Side): boolean {
  if (a.kind !== '' && b.kind !== '') return a.kind === b.kind;
  if (a.shared === b.shared) return true;
  return (a.kind === '' && !a.shared && a.local === undefined) || (b.kind === '' && !b.shared && b.local === undefined);
}

function compatible(a: ZipkinEndpoint | undefined, b: ZipkinEndpoint | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  const fits = (x: string | number, y: string | number): boolean => !x || !y || x === y;
  return fits(a.serviceName, b.serviceName) && fits(a.ipv4, b.ipv4) && fits(a.ipv6, b.ipv6) && fits(a.port, b.port);
}

/** Earliest start, longest duration, all annotations and tags; of what differs the first piece's. */
function merge(members: readonly ZipkinPiece[]): ZipkinPiece {
  const first = members[0]!;
  if (members.length === 1) return first;
  const known = <T>(of: (piece: ZipkinPiece) => T, empty: T): T => members.map(of).find((value) => value !== empty) ?? empty;
  const annotations = new Map(members.flatMap((piece) => piece.annotations).map((a) => [`${a.timestamp} ${a.value}`, a]));
  return {
    id: first.id,
    parentId: known((piece) => piece.parentId, ''),
    kind: known((piece) => piece.kind, ''),
    shared: members.some((piece) => piece.shared),
    name: known((piece) => (piece.name === 'unknown' ? '' : piece.name), '') || first.name,
    timestamp: extreme(members.map((piece) => piece.timestamp), (a, b) => a < b),
    duration: extreme(members.map((piece) => piece.duration), (a, b) => a > b),
    local: known((piece) => piece.local, undefined),
    remote: known((piece) => piece.remote, undefined),
    annotations: [...annotations.values()].sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0)),
    tags: Object.fromEntries(members.toReversed().flatMap((piece) => Object.entries(piece.tags))),
    debug: members.some((piece) => piece.debug),
  };
}

function extreme(values: readonly (bigint | undefined)[], better: (a: bigint, b: bigint) => boolean): bigint | undefined {
  let best: bigint | undefined;
  for (const value of values) if (value !== undefined && (best === undefined || better(value, best))) best = value;
  return best;
}

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** The same halves get the same id every time, so a link to a span stays good; never an id of another span of the trace. */
function derivedId(id: string, service: string, taken: Set<string>): string {
  for (let attempt = 0; ; attempt++) {
    let hash = FNV_OFFSET;
    for (const byte of new TextEncoder().encode(`${id} server half ${service} ${attempt}`)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
    const hex = hash.toString(16).padStart(16, '0');
    if (hash === 0n || taken.has(hex)) continue;
    taken.add(hex);
    return hex;
  }
}
