// Frameworks and helpers name spans after what they run: "OrderController.create", "run/app.tasks.process", "ReceiptJob process",
// "github.com/acme/shop/cart.(*Store).Get". Its own class, module or package must define it. Never better than medium.
import type { FunctionName } from './functionName.ts';
import { parseFunctionName } from './functionName.ts';
import { byFunction } from './functionRung.ts';
import { isLibraryScope } from './libraryPath.ts';
import type { Search } from './search.ts';
import type { SourceCandidate } from './sourceResult.ts';
import { atMost } from './sourceResult.ts';

const JOB = /^([A-Z]\w*(?:(?:\.|::|\\)[A-Z]\w*)*) (?:process|perform)$/;
/** What the runner of a job calls. */
const JOB_METHODS = ['perform', 'handle', 'execute', 'process', 'call', 'run'];
/** Agents' tools are named after their functions where nothing else is said (semantic conventions, gen_ai). */
const TOOL = /^execute_tool ([A-Za-z_]\w*)$/;
const QUALIFIED = /^[\w$\\]+(?:(?:\.|::|#|@)[\w$]+)+$/;
const GO = /^(?:[\w.~-]+\/)+[\w-]+\.(?:\(\*?\w+\)\.|\w+\.)?\w+$/;

export const isJob = (spanName: string): boolean => JOB.test(spanName);

export async function byQualifiedName(search: Search): Promise<readonly SourceCandidate[]> {
  const tool = TOOL.exec(search.hints.spanName)?.[1];
  if (tool !== undefined) {
    const [place, ...others] = await byFunction({ owners: [], name: tool }, search);
    return place === undefined || others.length > 0 ? [] : [{ ...place, confidence: atMost(place.confidence, 'medium'), reason: `The span’s name tells the tool. ${place.reason}` }];
  }
  for (const wanted of namesOf(search)) {
    const places = await byFunction(wanted, search, undefined, true);
    const found = places.filter((c) => c.confidence === 'high' || c.confidence === 'medium');
    if (found.length > 0) return found.map((c) => ({ ...c, confidence: 'medium', reason: `The span’s name reads like a function’s. ${c.reason}` }));
  }
  return [];
}

function namesOf({ hints: { spanName, language, scopeName } }: Search): readonly FunctionName[] {
  const job = JOB.exec(spanName)?.[1];
  if (job !== undefined) return JOB_METHODS.map((method) => parseFunctionName(`${job}.${method}`, language));
  if (GO.test(spanName) && (language === 'go' || language === '')) return [parseFunctionName(spanName, 'go')];
  const text = spanName.replace(/^(?:run|apply_async)\//, '');
  if (!QUALIFIED.test(text) || (isLibraryScope(scopeName) && text === spanName && !/^[A-Z]/.test(text))) return [];
  // LiveView names the event behind the callback.
  const wanted = parseFunctionName(text.replace(/(?<=\.handle_\w+)#\w+$/, '').replace('@', '::'), language === 'go' ? '' : language);
  const isType = /^[A-Z]/.test(wanted.owners.at(-1) ?? '');
  return wanted.name === undefined || (!isType && wanted.owners.length < 2) ? [] : [wanted];
}
