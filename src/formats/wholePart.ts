// What is left of a JSON document that is cut off or broken: the text before the fault without the span it stands in, closed again.
// Knows by name which lists hold spans, or hold what holds them; a span with half of its fields would pass for a whole one.

/** Their elements are spans, or documents that are one each. */
const SPANS: ReadonlySet<string> = new Set(['spans', 'observations', 'hits', 'Segments', 'Spans', 'TraceSegmentDocuments']);
/** Their elements have such lists, or are spans themselves. */
const HOLDERS: ReadonlySet<string> = new Set(['resourceSpans', 'resource_spans', 'batches', 'scopeSpans', 'scope_spans', 'instrumentationLibrarySpans', 'instrumentation_library_spans', 'data', 'traces', 'Traces', 'responses']);
/** Objects around all of it. */
const WRAPPERS: ReadonlySet<string> = new Set(['trace', 'result', 'hits']);

const CODE = { quote: 34, comma: 44, colon: 58, backslash: 92, listOpen: 91, listClose: 93, mapOpen: 123, mapClose: 125 };

/** An object or list that is open. */
interface Level {
  readonly isList: boolean;
  /** Under what name it stands in an object. */
  readonly name: string;
  /** Where it can be closed without half a value in it. */
  end: number;
  /** Something whole stands in it. */
  filled: boolean;
  /** It is a span list, or an object with one, that is whole: what follows it can be missing. */
  holds: boolean;
}

/** JSON again; undefined where no span or what holds some is whole. `fault`: up to there `json` is JSON, as jsonFault says. */
export function wholePart(json: string, fault: number): string | undefined {
  const open = openLevels(json, fault);
  const last = lastKept(open);
  if (last < 0 || !open.some((level, k) => k <= last && (level.holds || (level.isList && level.filled)))) return undefined;
  const closers = open.slice(0, last + 1).reverse().map(({ isList }) => (isList ? ']' : '}'));
  return json.slice(0, open[last]!.end) + closers.join('');
}

function openLevels(json: string, fault: number): Level[] {
  const open: Level[] = [];
  let name = '';
  let quote = 0;
  for (let at = 0; at < fault; at++) {
    const code = json.charCodeAt(at);
    const inner = open.at(-1);
    if (code === CODE.quote) {
      quote = at + 1;
      at = endOfString(json, quote);
    } else if (code === CODE.colon) {
      name = json.slice(quote, json.lastIndexOf('"', at));
    } else if (code === CODE.comma && inner !== undefined) {
      inner.end = at;
      inner.filled = true;
    } else if (code === CODE.mapOpen || code === CODE.listOpen) {
      open.push({ isList: code === CODE.listOpen, name: inner?.isList === false ? name : '', end: at + 1, filled: false, holds: false });
    } else if (code === CODE.mapClose || code === CODE.listClose) {
      const closed = open.pop();
      const around = open.at(-1);
      if (closed === undefined || around === undefined) continue;
      around.end = at + 1;
      around.filled = true;
      if (around.isList) continue;
      if (closed.isList ? isKnownList(closed) && closed.filled : WRAPPERS.has(closed.name) && closed.holds) around.holds = true;
    }
  }
  return open;
}

/** The innermost that can be closed where it is; -1: none. */
function lastKept(open: readonly Level[]): number {
  let last = -1;
  for (let k = 0; k < open.length; k++) {
    const level = open[k]!;
    const around = open[k - 1];
    if (level.isList) {
      // A list in a list is a trace where it is Zipkin's; elsewhere it is a row.
      if (around !== undefined && (around.isList ? k > 1 : !isKnownList(level))) break;
      last = k;
      if (SPANS.has(level.name)) break;
    } else {
      if (level.holds) last = k;
      if (around !== undefined && !around.isList && !WRAPPERS.has(level.name)) break;
    }
  }
  return last;
}

const isKnownList = ({ name }: Level): boolean => SPANS.has(name) || HOLDERS.has(name);

/** Where its closing quote is; the text's length when it has none. */
function endOfString(json: string, from: number): number {
  for (let at = from; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === CODE.backslash) at++;
    else if (code === CODE.quote) return at;
  }
  return json.length;
}
