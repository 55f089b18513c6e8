// Rung 8: the span's name as a literal in a span-creating call. Never certain: two calls may use one name, and a name may be
// made at run time. Owns the choice among sites; must not know how they were found in the text.
import type { CodeIndex, SpanSite } from './codeIndex.ts';
import { isLibraryScope } from './libraryPath.ts';
import { fitsParts } from './literal.ts';
import type { TextParts } from './literal.ts';
import { withoutCopies, withoutExamples } from './copies.ts';
import type { Search } from './search.ts';
import { codeOf, isOfLanguage, preferOwn, withCode } from './search.ts';
import { ALIKE, CLEAR, SAME } from './serviceFolders.ts';
import type { Confidence, SourceCandidate } from './sourceResult.ts';
import { atMost, lowered } from './sourceResult.ts';

const FRAMEWORK_SUFFIX = /\.(?:task|workflow|agent|tool)$/;
const MAX_CANDIDATES = 20;

export async function byLiteral(plain: Search): Promise<{ readonly candidates: readonly SourceCandidate[]; readonly filesRead: number; readonly notes: readonly string[] }> {
  const code = await codeOf(plain);
  const search = await withCode(plain);
  const { hints } = search;
  const functionId = hints.attributes.find((a) => a.key === 'ai.telemetry.functionId')?.text;
  // `GET ${route}` of the program is not what an HTTP library names "GET /cart".
  const patterns = isLibraryScope(hints.scopeName) ? [] : patternSites(hints.spanName, code, hints.language);
  const tries: readonly (readonly [sites: readonly SpanSite[], limit: Confidence, what: string])[] = [
    [sitesNamed(hints.spanName, code, hints.language), 'high', `“${hints.spanName}”`],
    ...(functionId === undefined ? [] : [[sitesNamed(functionId, code, hints.language), 'medium', `the function id “${functionId}”`] as const]),
    [FRAMEWORK_SUFFIX.test(hints.spanName) ? sitesNamed(hints.spanName.replace(FRAMEWORK_SUFFIX, ''), code, hints.language) : [], 'high', `“${hints.spanName}” without what the framework adds`],
    [patterns, patterns.some((site) => isPrefixOnly(site.parts, code)) ? 'low' : 'medium', `a pattern that fits “${hints.spanName}”`],
    [hints.spanName === hints.spanName.toLowerCase() ? (code.folded.get(hints.spanName) ?? []).filter((s) => isOfLanguage(s.file, hints.language)) : [], 'medium', `“${hints.spanName}” in other letter case`],
  ];
  for (const [sites, limit, what] of tries) {
    const candidates = choose(sites, limit, what, search);
    if (candidates.length > 0) return { candidates, filesRead: code.filesRead, notes: code.notes };
  }
  return { candidates: [], filesRead: code.filesRead, notes: code.notes };
}

const sitesNamed = (name: string, code: CodeIndex, language: string): readonly SpanSite[] => (code.literals.get(name) ?? []).filter((site) => isOfLanguage(site.file, language));

/** The patterns that fit with the most text of their own. */
function patternSites(name: string, code: CodeIndex, language: string): readonly SpanSite[] {
  const fitting = code.patterns.filter((site) => fitsParts(name, site.parts) && isOfLanguage(site.file, language));
  const length = (site: SpanSite): number => site.parts.reduce((sum, part) => sum + part.length, 0);
  const longest = fitting.reduce((most, site) => Math.max(most, length(site)), 0);
  return fitting.filter((site) => length(site) === longest);
}

/** `"cart." + step` where other calls are named "cart.…" in full: the pattern is no more than their common beginning. */
function isPrefixOnly(parts: TextParts, code: CodeIndex): boolean {
  if (parts.length !== 2 || parts[1] !== '' || !/^[\w-]+[._:/-]$/.test(parts[0]!)) return false;
  for (const [name, sites] of code.literals) if (name.startsWith(parts[0]!) && sites.some((site) => site.kind !== 'bare')) return true;
  return false;
}

function choose(all: readonly SpanSite[], limit: Confidence, what: string, search: Search): readonly SourceCandidate[] {
  const calls = all.filter((site) => site.kind !== 'constant');
  const { service, language } = search.hints;
  // A service with code of its own does not run another service's: that call makes the other one's spans.
  const best = search.folders.bestScore(service, language, (file) => isOfLanguage(file, language));
  const places = withoutCopies(calls.length > 0 ? calls : all, (site) => site.file);
  const sites = best < ALIKE ? places : places.filter((site) => !search.folders.isInOtherService(service, site.file));
  const { items: preferredSites, by: preferred } = preferOwn(sites, (site) => site.file, search);
  const items = withoutExamples(preferredSites, (site) => site.file);
  const by = preferred ?? (sites.length < places.length ? 'service' : items.length < preferredSites.length ? 'example' : undefined);
  return items.slice(0, MAX_CANDIDATES).map((site) => {
    const foreign = search.folders.isOthers(search.hints.service, site.file);
    let confidence = limit;
    if (items.length > 1) confidence = 'low';
    else if (by !== undefined) confidence = atMost(confidence, 'medium');
    // Somebody else's folder: a low guess when the service seems to have one of its own, else perhaps another name of the same service.
    const known = search.folders.knows(service);
    const score = search.folders.score(service, site.file);
    if (known && (search.folders.isInOtherService(service, site.file) || (best >= SAME && score >= CLEAR && score < SAME - 10))) confidence = lowered(confidence, 2);
    else if (foreign) confidence = atMost(confidence, 'medium');
    // An instrumentation library names its spans itself: the program's own call makes other ones.
    const library = isLibraryScope(search.hints.scopeName) && !isNamedByProgram(site, search.hints.scopeName);
    if (library) confidence = atMost(confidence, 'low');
    if (site.kind === 'helper') confidence = atMost(confidence, 'medium');
    if (site.kind === 'constant') confidence = atMost(confidence, 'low');
    return { file: site.file, line: site.line, confidence, rung: 'literal', reason: `${reasonOf(site, what, places.length, items.length, by, foreign, search.hints.service)}${library ? ` But ${search.hints.scopeName} is an instrumentation library, which names its spans itself.` : ''}` };
  });
}

/** otelhttp.NewHandler(h, "operation"): the library's spans, under the program's name. */
const isNamedByProgram = (site: SpanSite, scope: string): boolean => /^New(?:Handler|Middleware)$/.test(site.callee) && scope.endsWith('/otelhttp');

function reasonOf(site: SpanSite, what: string, sites: number, left: number, by: 'service' | 'scope' | 'example' | undefined, foreign: boolean, service: string): string {
  const call = site.kind === 'constant' ? `the constant ${site.callee} holds ${what}` : site.kind === 'bare' ? `a function named like ${what} is under @${site.callee}` : `${site.callee} is called with ${what}`;
  const choice = left > 1 ? `, as in ${left - 1} other ${left === 2 ? 'place' : 'places'}` : by === 'service' ? `, in the folder of ${service}, out of ${sites} places` : by === 'scope' ? `, in the file of its instrumentation scope, out of ${sites} places` : by === 'example' ? ', elsewhere only in examples' : ', only here';
  return `By its name: ${call}${choice}${foreign ? '; but this folder is another service’s' : ''}.`;
}
