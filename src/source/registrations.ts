// Where a program hands its code to a framework: routes with their verb, prefixes of routes, topics that are listened to. Patterns
// over one text, for the common frameworks of each language (features.md §3.5 rung 9). Pure; must not know spans or files.
import type { Family } from './definitions.ts';
import { normalRoute } from './routePath.ts';

export interface Registration {
  /** Offset in the text. */
  readonly at: number;
  /** "GET" …, "ANY" for every method, "PREFIX" for what other routes begin with, "TOPIC" for what messages come from. */
  readonly verb: string;
  /** Normal route (see routePath.ts); of a topic its name. */
  readonly path: string;
}

/** An opening bracket and a text: `("/x"`, `(path = "/x"`, `({ topic: "x"`. What is called is read backwards from there, as brackets are fewer than names. */
const FIRST_TEXT = /\([\s[{]*(?:(?:topics?|queues?|path|value|destination|channel|uri|url|id|groupId|fromBeginning: \w+, topic)\s*[:=][\s[{]*)?r?(["'`])/g;
const VERB = /^(?:Map|Http)?(Get|Post|Put|Delete|Patch|Head|Options)(?:Mapping)?$|^(get|post|put|delete|patch|head|options|del|GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS)$/;
const OTHERS: ReadonlyMap<string, 'ROUTE' | 'PREFIX' | 'RESOURCE' | 'TOPIC'> = new Map([
  ...['RequestMapping', 'Path', 'HandleFunc', 'Handle', 'api_route', 'route', 'Route', 'all', 'any', 'Any', 'path', 're_path', 'url', 'match'].map((name) => [name, 'ROUTE'] as const),
  ...['use', 'Use', 'Group', 'group', 'grouped', 'MapGroup', 'Controller', 'scope', 'nest', 'mount', 'Mount', 'prefix', 'setGlobalPrefix'].map((name) => [name, 'PREFIX'] as const),
  ...['resource', 'resources', 'apiResource', 'register'].map((name) => [name, 'RESOURCE'] as const),
  ...['KafkaListener', 'RabbitListener', 'JmsListener', 'SqsListener', 'KafkaHandler', 'EventPattern', 'MessagePattern', 'Processor', 'Incoming', 'Topic', 'Queue', 'Worker', 'subscribe', 'Subscribe', 'QueueSubscribe', 'consume', 'Consume'].map((name) => [name, 'TOPIC'] as const),
]);

/** `get "/x" do`, `post "/x", Controller, :action`, `scope "/api", Web do`. */
const COMMAND = /^[ \t]*(get|post|put|delete|patch|head|options|live|match|scope|namespace|resources?)[ \t]+:?(["']?)([\w/*:.-]{1,200})\2/gm;
/** `@PostMapping`, `@Get()`, `[HttpPost]`: the route of the class around. */
const BARE = /[@[](?:Http)?(Get|Post|Put|Delete|Patch)(?:Mapping)?\b(?:\(\s*\))?[ \t]*(?=\]|\r?\n|@)/g;
/** Ktor's `post {`: the route of the block around. */
const BLOCK = /^[ \t]*(get|post|put|delete|patch)[ \t]*\{/gm;
/** `prefix="/orders"`, `{ prefix: '/v2' }`, `url_prefix=…`. */
const PREFIX = /\b(?:url_)?prefix\s*[:=]\s*["'`]([^"'`\s]{1,200})["'`]/g;
/** Fastify's and Hapi's `{ method: 'GET', url: '/x', handler }`; without a handler it is a request. */
const OBJECT = /\bmethod\s*:\s*(\[[^\][]{0,80}\]|["']\w+["'])[^{}]{0,80}?\b(?:url|path)\s*:\s*["'`]([^"'`\s]{1,200})["'`]/g;
/** http4s: case GET -> Root / "users" / id. A name there is a parameter. */
const HTTP4S = /\bcase (?:\w+ @ )?(GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS) -> Root((?:[ \t]*\/[ \t]*(?:"[^"\n]*"|[\w.]+(?:\([^()\n]*\))?)){0,20})/g;

/** Who has routes: `app.get`, `userRouter.get`, `Route::get`, `r.With(x).Get`; not `cache.get`, `axios.get`, `params.get`. */
const ROUTER = /(?:app|application|router?s?|server|fastify|bp|blueprint|mux|group(?:ed)?|hono|scope|With|v\d+|\b[reg][1-9]?|\brg)\s*(?:\([^()\n]*\)\s*)?(?:\.|->|::)\s*$/i;

/** Names of routers and of clients of the same: `api.post('/x', body)`. */
const EITHER = /(?:api|server|web|admin|public|private|protected|auth|instance)\s*(?:\.|->|::)\s*$/i;
const HANDLER = /=>|\bfunction\b|\basync\b|\bfunc\(|[hH]andler|[cC]ontroller|\.\w+\s*\)\s*;?\s*$|\)\s*\{\s*$|\bin\s*$/;
/** Interfaces of clients bear the annotations of servers. */
const CLIENT = /@FeignClient|\bretrofit2?\.|@RegisterRestClient|@HttpExchange|^@Client\(/m;

/** Also those in comments and strings. */
export function registrationsIn(text: string, family: Family): readonly Registration[] {
  const found: Registration[] = [];
  const add = (at: number, verb: string, path: string): void => {
    found.push({ at, verb, path: verb === 'TOPIC' ? path : normalRoute(path.replace(/\[controller\]/gi, () => controllerAt(text, at))) });
  };
  for (const match of text.matchAll(FIRST_TEXT)) called(text, match, family, add);
  if (family === 'ruby' || family === 'elixir') {
    for (const { index, 0: all, 1: word, 3: path } of text.matchAll(COMMAND)) {
      const at = index + all.search(/\S/);
      if (word === 'scope' || word === 'namespace') add(at, 'PREFIX', path!);
      else if (word!.startsWith('resource')) addResource(at, path!, add);
      else add(at, word === 'live' ? 'GET' : word === 'match' ? 'ANY' : verbOf(word!), path!);
    }
  }
  if (family === 'c' || family === 'kotlin' || family === 'js' || family === 'scala') for (const match of text.matchAll(BARE)) add(match.index, verbOf(match[1]!), '');
  if (family === 'kotlin') for (const match of text.matchAll(BLOCK)) add(match.index + match[0].search(/\S/), verbOf(match[1]!), '');
  if ((family === 'python' || family === 'js' || family === 'php') && text.includes('prefix')) for (const match of text.matchAll(PREFIX)) add(match.index, 'PREFIX', match[1]!);
  if (family === 'js' && text.includes('method')) for (const match of text.matchAll(OBJECT)) if (/\bhandler\b/.test(text.slice(Math.max(0, match.index - 300), match.index + 600))) for (const verb of verbsIn(match[1]!)) add(match.index, verb, match[2]!);
  if (family === 'scala') for (const match of text.matchAll(HTTP4S)) add(match.index, match[1]!, match[2]!.replace(/\/\s*[\w.]+(?:\([^()]*\))?/g, '/*').replace(/[\s"]/g, ''));
  return found.length > 0 && (family === 'c' || family === 'kotlin') && CLIENT.test(text) ? [] : found;
}

type Add = (at: number, verb: string, path: string) => void;

/** A call, an annotation or an attribute whose first argument is a text. */
function called(text: string, match: RegExpExecArray, family: Family, add: Add): void {
  const open = match.index;
  const callee = calleeBefore(text, open);
  if (callee === undefined) return;
  const { name, at } = callee;
  const verb = VERB.exec(name);
  const kind = OTHERS.get(name);
  if (verb === null && kind === undefined) return;
  const start = open + match[0].length;
  if (kind === 'TOPIC') {
    for (const [, key, , topic] of text.slice(open, start + 300).split(')', 1)[0]!.matchAll(/(?:(\w{1,40})\s?[:=]\s?)?(["'`])([^"'`\n]{1,200})\2/g)) if (key === undefined || !/group|id$|factory|prefix/i.test(key)) add(at, 'TOPIC', topic!);
    return;
  }
  const line = text.slice(start, start + 600);
  const given = /^((?:(?:GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS) )?[^"'`\s\\]{0,200}|\^[^"'`\s]{0,200})(["'`])/.exec(line);
  if (given === null || given[2] !== match[1] || /:\/\/|\$\{/.test(given[1]!)) return;
  const rest = line.slice(given[0].length);
  const restOfLine = rest.split('\n', 1)[0]!;
  const before = text.slice(Math.max(0, at - 60), at);
  const annotation = /(?:@|\[\s*)(?:[\w$]+\.)*$/.test(before) || /^Http[A-Z]|Mapping$/.test(name);
  // Go's mux since 1.22: "GET /status/{name}".
  const [, told, path] = /^(?:([A-Z]+) )?(.*)$/.exec(withMore(given[1]!, rest, family))!;
  if (verb !== null) {
    if (annotation || isRouted(before, path!, rest, restOfLine, family)) add(at, verbOf((verb[1] ?? verb[2])!), path!);
  } else if (kind === 'PREFIX') add(at, 'PREFIX', path!);
  else if (kind === 'RESOURCE') {
    if (name !== 'register' || ROUTER.test(before)) addResource(at, path!, add);
  } else {
    const opens = annotation ? isOnClass(rest) : /\binclude\(|\bfunc\(\w+ (?:chi\.)?Router\)|\)[ \t]*\{[ \t]*$/.test(restOfLine);
    const methods = /\bmethods?\s*[:=]\s*([{[(][^\]})]*|[\w."']+)/.exec(restOfLine)?.[1];
    for (const method of opens ? ['PREFIX'] : told !== undefined ? [told] : verbsIn(methods ?? '', 'ANY')) add(at, method, path!);
  }
}

function isRouted(before: string, path: string, rest: string, restOfLine: string, family: Family): boolean {
  if (!path.startsWith('/') && path !== '' && path !== '*' && family !== 'php' && family !== 'swift') return false;
  // A route has a handler: `app.get('/x')` alone asks for something.
  if (!/^\s*(?:,|\)\s*(?:\{|->|do\b))/.test(rest)) return false;
  if (EITHER.test(before)) return HANDLER.test(restOfLine);
  return ROUTER.test(before) || (path.startsWith('/') && /(?:^|\n)[ \t]*$/.test(before));
}

function calleeBefore(text: string, open: number): { readonly name: string; readonly at: number } | undefined {
  let end = open;
  if (text[end - 1] === '>') end = Math.max(0, text.lastIndexOf('<', end));
  let at = end;
  while (at > 0 && end - at < 20 && /\w/.test(text[at - 1]!)) at--;
  return at === end || /[\w$]/.test(text[at - 1] ?? '') ? undefined : { name: text.slice(at, end), at };
}

function addResource(at: number, path: string, add: Add): void {
  for (const member of ['', '/*', '/*/edit', '/new']) add(at, 'ANY', path + member);
}

/** Of `["GET", "POST"]`, `{RequestMethod.PUT}`, `'get'`; `otherwise` where there is none. */
function verbsIn(text: string, ...otherwise: readonly string[]): readonly string[] {
  const verbs = Array.from(text.matchAll(/\b(get|post|put|delete|patch|head|options)\b/gi), ([verb]) => verb.toUpperCase());
  return verbs.length > 0 ? verbs : otherwise;
}

const verbOf = (word: string): string => (word === 'del' ? 'DELETE' : word.toUpperCase());

/** An annotation before a class. */
const isOnClass = (rest: string): boolean => /^[^\n]*\n(?:[ \t]*(?:@|\[)[^\n]*\n)*[ \t]*(?:(?:public|final|abstract|open|internal|sealed|partial|export|default)\s+)*(?:class|interface|record|object)\b/.test(rest);

/** Vapor takes a route in pieces: app.get("users", ":id"). */
function withMore(path: string, rest: string, family: Family): string {
  const more = family === 'swift' ? /^(?:\s*,\s*"[^"\s/]*")+/.exec(rest) : undefined;
  return [path, ...Array.from(more?.[0].matchAll(/"([^"]*)"/g) ?? [], (match) => match[1]!)].join('/');
}

/** ASP.NET's [controller]: the class below without its ending. */
const controllerAt = (text: string, at: number): string => /\bclass\s+(\w+?)(?:Controller)?\b/.exec(text.slice(at, at + 600))?.[1] ?? '*';
