// Rung 9: where the code begins that a server's or a consumer's span runs: the route, the listener of the topic, the method that
// implements the remote procedure. Never better than medium: frameworks compose routes at run time. Must not know how texts are read.
import type { CodeIndex, RegistrationSite } from './codeIndex.ts';
import { withoutCopies } from './copies.ts';
import { findDefinitions, familyOf } from './definitions.ts';
import type { EntryPoint } from './entryPoint.ts';
import { baseName } from './fileIndex.ts';
import { nextPages } from './nextPages.ts';
import { inFrontOf, lastSegment, normalRoute, saysPlace } from './routePath.ts';
import type { Search } from './search.ts';
import { codeOf, isOfLanguage, preferOwn, withCode } from './search.ts';
import { ALIKE, nameSimilarity, nameTokens } from './serviceFolders.ts';
import type { SourceCandidate } from './sourceResult.ts';

const MAX_CANDIDATES = 20;
const MAX_RPC_FILES = 200;
/** Routers in routers in routers. */
const MAX_PREFIXES = 4;

interface Found {
  readonly file: string;
  readonly line: number;
  readonly how: string;
  /** The whole of what the span says is accounted for. */
  readonly whole: boolean;
}

export async function byEntryPoint(plain: Search): Promise<readonly SourceCandidate[]> {
  const { entry } = plain.hints;
  if (entry === undefined) return [];
  const code = await codeOf(plain);
  const search = await withCode(plain);
  const seen = new Set<string>();
  // A route of several methods is one place.
  const found = withoutCopies(await placesOf(entry, code, search), (place) => place.file).filter(({ file, line }) => !seen.has(`${line} ${file}`) && seen.add(`${line} ${file}`));
  const { items } = preferOwn(found, (place) => place.file, search);
  const { service, language } = search.hints;
  const knowsOwn = search.folders.bestScore(service, language, (file) => isOfLanguage(file, language)) >= ALIKE;
  return items.slice(0, MAX_CANDIDATES).map(({ file, line, how, whole }) => ({
    file, line, confidence: items.length === 1 && whole && !(knowsOwn && isElsewhere(file, search)) ? 'medium' : 'low', rung: 'entry',
    reason: `By what the span enters: ${how}${items.length > 1 ? `, as in ${items.length - 1} other ${items.length === 2 ? 'place' : 'places'}` : ''}.`,
  }));
}

function placesOf(entry: EntryPoint, code: CodeIndex, search: Search): readonly Found[] | Promise<readonly Found[]> {
  const own = ownFilter(search);
  if (entry.topic !== undefined) {
    return (code.topics.get(entry.topic) ?? []).filter((site) => own(site.file)).map(({ file, line }) => ({ file, line, how: `${entry.topic} is listened to here`, whole: true }));
  }
  if (entry.rpcService !== undefined) return implementations(entry.rpcService, entry.rpcMethod ?? '', code, search, own);
  return entry.route === undefined ? [] : routes(entry.route, entry.method, code, search, own);
}

/** In a module of its own that is not named like the service. */
const isElsewhere = (file: string, { folders, hints }: Search): boolean => folders.unitOf(file) !== '' && folders.score(hints.service, file) < ALIKE;

/** Files of the span's language that are no other service's. */
function ownFilter({ hints: { service, language }, folders }: Search): (file: string) => boolean {
  const isOurs = (file: string): boolean => isOfLanguage(file, language);
  const best = folders.bestScore(service, language, isOurs);
  return (file) => isOurs(file) && (best < ALIKE || !folders.isInOtherService(service, file));
}

async function routes(given: string, method: string | undefined, code: CodeIndex, search: Search, own: (file: string) => boolean): Promise<readonly Found[]> {
  const route = normalRoute(given);
  // What catches everything is no place.
  if (route !== '' && !saysPlace(route)) return [];
  const ends = [...new Set([lastSegment(route), ''])].flatMap((end) => code.routes.get(end) ?? []);
  const sites = withoutCopies(ends.filter((site) => own(site.file)), (site) => site.file);
  const prefixes = sites.length === 0 ? [] : withoutCopies(code.routePrefixes.filter((site) => own(site.file)), (site) => site.file);
  let best: readonly RegistrationSite[] = [];
  let most = 0;
  for (const site of sites) {
    const score = fitOf(site, route, method, prefixes);
    if (score > most) [best, most] = [[site], score];
    else if (score === most && score > 0) best = [...best, site];
  }
  const pages = search.hints.language === 'nodejs' || search.hints.language === '' ? await nextPages(given, method, search) : [];
  if (pages.some((page) => own(page.file)) && most < WHOLE) return pages.filter((page) => own(page.file)).map((page) => ({ ...page, how: `/${route} is the route of this file`, whole: true }));
  return best.map(({ file, line, path, verb }) => ({ file, line, how: `${verb === 'ANY' ? '' : `${verb} `}/${path} is routed here`, whole: most >= WHOLE }));
}

const WHOLE = 10_000;

/** 0: another route. Better the more of it is written here, and the surer what stands in front of it. */
function fitOf(site: RegistrationSite, route: string, method: string | undefined, prefixes: readonly RegistrationSite[]): number {
  const answers = site.verb === method || (method === 'HEAD' && site.verb === 'GET');
  if (method !== undefined && site.verb !== 'ANY' && !answers) return 0;
  const front = inFrontOf(site.path, route);
  if (front === undefined) return 0;
  const inFile = prefixes.filter((prefix) => prefix.file === site.file);
  const exact = Number(answers);
  const named = nameFit(site.file, front);
  const length = site.path.split('/').length;
  if (front === '') return site.path === '' && inFile.length > 0 ? 0 : 4 * WHOLE + 1_000 * exact;
  const near = inFile.some((prefix) => { const rest = inFrontOf(prefix.path, front); return rest !== undefined && isMadeOf(rest, prefixes); });
  if (near) return 3 * WHOLE + 1_000 * exact + length;
  // A class under a prefix that is set elsewhere, in a configuration or by a proxy.
  if (inFile.some((prefix) => saysPlace(prefix.path) && inFrontOf(prefix.path, front) !== undefined)) return 2 * WHOLE + 1_000 * exact + length;
  if (site.path === '' && named === 0) return 0;
  if (isMadeOf(front, prefixes) && (saysPlace(site.path) || named > 0)) return WHOLE * (1 + named / 4) + 1_000 * exact + length;
  return saysPlace(site.path) ? 1_000 * exact + length : 0;
}

function isMadeOf(front: string, prefixes: readonly RegistrationSite[], most = MAX_PREFIXES): boolean {
  if (front === '') return true;
  return most > 0 && prefixes.some((prefix) => { const rest = inFrontOf(prefix.path, front); return rest !== undefined && isMadeOf(rest, prefixes, most - 1); });
}

/** routers/orders.py and users.controller.ts under "…/orders" and "…/users" 2, cart/server.js under "…/cart" 1, else 0. */
function nameFit(file: string, front: string): number {
  const wanted = nameTokens(front.split('/').findLast((segment) => segment !== '*') ?? '');
  const parts = file.split('/').map((part) => part.replace(/\..*$/, '').replace(/[_-]?(?:routes?|routers?|controllers?|handlers?|views?|urls|api|index|lib|src|app)$/i, '')).filter((part) => part !== '');
  if (wanted.length === 0) return 0;
  return 2 - Math.min(2, parts.slice(-2).toReversed().findIndex((part) => nameSimilarity(wanted, nameTokens(part)) >= 53) >>> 0);
}

/** How classes are named that implement a service, after its name without "Service". */
const IMPLEMENTING = ['', 'Impl', 'Service', 'ServiceImpl', 'GrpcService', 'GrpcServiceImpl', 'ServiceGrpc', 'Grpc', 'GrpcImpl', 'Server', 'ServerImpl', 'Servicer', 'Controller', 'GrpcController', 'Handler', 'ServiceHandler', 'GrpcHandler', 'Endpoint', 'GrpcEndpoint', 'Api', 'Rpc'];

/** Methods of the procedure's name in classes that say they implement the service. */
async function implementations(rpcService: string, rpcMethod: string, code: CodeIndex, { workspace, signal }: Search, own: (file: string) => boolean): Promise<readonly Found[]> {
  const service = rpcService.split('.').at(-1)!;
  if (!/^\w{2,100}$/.test(service) || !/^\w{1,100}$/.test(rpcMethod)) return [];
  const names = new Set([rpcMethod, rpcMethod[0]!.toLowerCase() + rpcMethod.slice(1), rpcMethod.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()]);
  const stem = service.replace(/(?<=\w)Service$/, '');
  const ofTypes = IMPLEMENTING.flatMap((end) => code.types.get(`${stem}${end}`) ?? []);
  const files = [...new Set([...[...names].flatMap((name) => code.functions.get(name) ?? []), ...ofTypes])].filter((file) => own(file) && !/_grpc\.pb\.|\.pb\.\w+$|_pb2?(?:_grpc)?\.\w+$/.test(baseName(file)));
  const found: Found[] = [];
  for (const file of files.slice(0, MAX_RPC_FILES)) {
    const lines = (await workspace.lines(file, signal)) ?? [];
    const says = lines.some((line) => line.includes(service));
    const family = familyOf(file);
    if (family === undefined || !says || lines.slice(0, 5).some((line) => /DO NOT EDIT|@generated/i.test(line))) continue;
    for (const name of names) for (const { line, body } of findDefinitions(lines, name, family)) if (body) found.push({ file, line, how: `${service}/${rpcMethod} is implemented here`, whole: true });
  }
  return found;
}
