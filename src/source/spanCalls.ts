// Finds the places in a text where spans are made: calls, decorators, annotations, macros, with the name they are given.
// Owns how the name is given, per language (features.md §3.5 rung 8). Pure; must not know files or services.
import type { NameExpression, TextParts } from './literal.ts';
import { alternatives, endOfBrackets, endOfString, nameExpression, splitArguments } from './literal.ts';
import type { SiteKind } from './spanCallees.ts';
import { DECORATOR, LOGGER, STEM, isTracingDecorator, kindOf } from './spanCallees.ts';

export interface SpanCall {
  /** Offset of the called name in the text. */
  readonly at: number;
  readonly callee: string;
  readonly kind: SiteKind;
  readonly parts: TextParts;
}

/** A call whose name argument is a name: a constant, or a parameter of a wrapper. */
export interface SpanReference {
  readonly at: number;
  readonly callee: string;
  readonly kind: SiteKind;
  readonly identifier: string;
  /** Reads like a constant's name: worth looking for in other files. */
  readonly own: boolean;
}

export interface FoundCalls {
  readonly calls: readonly SpanCall[];
  readonly references: readonly SpanReference[];
}

const CALL = /([A-Za-z_$][\w$]*)(!?)[ \t]*(?:<(?:[^<>()\n]|=>|\([^()\n]*\)|<[^<>()\n]*>){0,80}>)?[ \t]*(?:\?\.)?\(/y;
const KEYWORD_NAME = /^\s*(?:name|value|span_?[nN]ame|operation_?[nN]ame|key|Name|contextualName|resource|as_type_name)\s*[:=](?!=)\s*/;

/** `text` without its comments, `isCode`: see codeText.ts. */
export function findSpanCalls(text: string, extraCallees?: ReadonlySet<string>, isCode: (at: number) => boolean = () => true): FoundCalls {
  const calls: SpanCall[] = [];
  const references: SpanReference[] = [];
  for (const match of callsIn(text, extraCallees)) {
    const callee = match[1]!;
    const at = match.index;
    const decorator = /(?:@|#\[|\n[ \t]*\[)[ \t]*(?:[\w$]+(?:\.|::))*$/.test(text.slice(Math.max(0, at - 60), at));
    const kind = extraCallees?.has(callee) === true ? 'wrapper' : kindOf(callee, text, at, decorator);
    if (kind === undefined || !isCode(at) || isDefinition(text, at)) continue;
    const args = splitArguments(text, at + match[0].length - 1);
    const names = nameArgument(args, callee, decorator);
    if (names.length === 0) {
      if (decorator && !args.some((a) => KEYWORD_NAME.test(a))) pushBare(calls, text, at, callee);
      const method = callee === 'StartActivity' && args.every((arg) => arg.trim() === '' || /^\s*kind\s*:/.test(arg)) ? methodAround(text, at) : undefined;
      if (method !== undefined) calls.push({ at, callee, kind, parts: [method] });
    }
    for (const name of names) {
      if (!('parts' in name)) {
        references.push({ at, callee, kind, ...name });
        continue;
      }
      calls.push({ at, callee, kind, parts: name.parts });
      // logfire.span("read {count} rows"), "GET /users/{id}": the name as it is, and filled in.
      const filled = name.parts.length === 1 ? name.parts[0]!.split(/\{[^{}]*\}/) : [];
      if (filled.length > 1) calls.push({ at, callee, kind, parts: filled });
    }
  }
  named(text, calls);
  withoutParentheses(text, calls, references, extraCallees);
  return { calls: calls.filter((call) => isCode(call.at)), references: references.filter((reference) => isCode(reference.at)) };
}

/** Calls whose name has one of the stems, or is one of the extra callees. */
function* callsIn(text: string, extraCallees: ReadonlySet<string> | undefined): Generator<RegExpExecArray> {
  const call = new RegExp(CALL);
  const names = extraCallees === undefined || extraCallees.size === 0 ? undefined : new RegExp([...extraCallees].map((name) => name.replaceAll('$', String.raw`\$`)).join('|'), 'g');
  for (const stem of names === undefined ? [new RegExp(STEM)] : [new RegExp(STEM), names]) {
    let done = 0;
    for (let found = stem.exec(text); found !== null; found = stem.exec(text)) {
      let start = found.index;
      while (start > done && /[\w$]/.test(text[start - 1]!)) start--;
      call.lastIndex = start;
      const match = call.exec(text);
      let end = stem.lastIndex;
      while (end < text.length && /[\w$]/.test(text[end]!)) end++;
      done = end;
      stem.lastIndex = Math.max(end, found.index + 1);
      if (match !== null && (stem !== names || extraCallees!.has(match[1]!))) yield match;
    }
  }
}

/** .NET's StartActivity() without a name takes the calling method's ([CallerMemberName]). */
function methodAround(text: string, at: number): string | undefined {
  const above = text.slice(Math.max(0, at - 6_000), at);
  return [...above.matchAll(/^[ \t]*(?:(?:public|private|protected|internal|static|async|override|virtual|sealed|partial|new)\s+)+[\w<>[\],.?() ]+?\s+(\w+)\s*(?:<[^<>()]*>)?\s*\(/gm)].at(-1)?.[1];
}

/** Names given beside the call, or to calls that are known by what stands before them: `nextSpan().name("x")`, `@Observed(name = …, contextualName = "x")`, or later: `span.updateName("x")`. */
function named(text: string, calls: SpanCall[]): void {
  const beside = /(?:\b(nextSpan|newChild|newTrace|joinSpan)\s*\([^()\n]*\)\s*\.\s*name\(\s*|@Observed\([^()]{0,400}?\bcontextualName\s*=\s*|\bSpanBuilder::(from_name)\(\s*|\bEffect\.(fn)\(\s*|@weave\.(op)\([^()]{0,200}?\bname\s*=\s*)(?=["'`])/g;
  const later = /\b(?:([uU]pdateName|update_name|[sS]etName)\(|(DisplayName)\s*=)\s*(?=\$?["'`])/g;
  for (const [pattern, kind] of [[beside, 'api'], [later, 'helper']] as const) {
    for (const match of text.matchAll(pattern)) {
      if (pattern === later && !/(?:span|activity)(?:\(\))?[?!]?(?:\.|->)\s*$/i.test(text.slice(Math.max(0, match.index - 60), match.index))) continue;
      const start = match.index + match[0].length;
      const name = nameExpression(text.slice(start, endOfString(text, text[start] === '$' ? start + 1 : start) + 1));
      if (name !== undefined && 'parts' in name) calls.push({ at: match.index, callee: match.slice(1).find((name) => name !== undefined) ?? 'Observed', kind, parts: name.parts });
    }
  }
}

/** `in_span 'x' do`, `with_span "x" do`, `functionId: 'x'`, decorators without arguments. */
function withoutParentheses(text: string, calls: SpanCall[], references: SpanReference[], extraCallees: ReadonlySet<string> | undefined): void {
  for (const match of text.matchAll(/(?<![\w$])(in_span|with_span|start_span|start_active_span|trace|start_as_current_span|functionId|function_id)(?:[ \t]+|[ \t]*:[ \t]*)(?:(?=["'`])|(:[a-z_]\w*|@[a-z_]\w*|(?:[A-Z]\w*::)*[A-Z][A-Z0-9_]+)(?=[ \t]*(?:,|\{|do\b)))/g)) {
    const start = match.index + match[0].length;
    const name = nameExpression(match[2] ?? text.slice(start, endOfString(text, start) + 1));
    if (name === undefined || LOGGER.test(text.slice(Math.max(0, match.index - 30), match.index))) continue;
    const made = { at: match.index, callee: match[1]!, kind: 'api' } as const;
    if ('parts' in name) calls.push({ ...made, parts: name.parts });
    else references.push({ ...made, ...name });
  }
  for (const match of text.matchAll(/(?:@|#\[(?:\w+::)*)(?<=^[ \t]*(?:@|#\[[\w:]*))((?:[\w$]+\.)*([\w$]+))\]?[ \t]*(?=\r?\n|[ \t]+(?:async |public |private |protected |internal |suspend |fun |def ))/gm)) {
    const callee = match[2]!;
    const at = match.index + match[0].indexOf(match[1]!);
    const tracing = extraCallees?.has(callee) === true ? true : DECORATOR.test(callee) ? isTracingDecorator(callee, match[1]!.slice(0, -callee.length), text) : kindOf(callee, text, at, true) !== undefined;
    if (tracing) pushBare(calls, text, at, callee);
  }
}

/** `function withSpan(`, `def start_span(`, `func (t) Start(`, `static Span Foo(`. */
function isDefinition(text: string, at: number): boolean {
  const from = text.lastIndexOf('\n', at) + 1;
  return /\b(?:function\*?|def|func|fn|fun|sub)\s+(?:\([^)]*\)\s*)?$/.test(text.slice(Math.max(from, at - 200), at)) || /\bclass\s+$/.test(text.slice(Math.max(from, at - 40), at));
}

type Name = Exclude<NameExpression, undefined>;

/** The name given, or the names where a condition decides; none where no argument is one. */
function nameArgument(args: readonly string[], callee: string, decorator: boolean): readonly Name[] {
  for (const arg of args) {
    const inside = arg.trim().startsWith('{') ? splitArguments(arg.trim(), 0, 20).find((entry) => KEYWORD_NAME.test(entry)) : arg;
    if (inside === undefined || !KEYWORD_NAME.test(inside)) continue;
    const given = namesIn(inside.replace(KEYWORD_NAME, ''));
    // Datadog's resource stands beside the name; which of them is shown is the exporter's choice.
    return /^\s*resource/.test(inside) ? [...args.slice(0, 1).filter((first) => first !== arg).flatMap(namesIn).filter((name) => 'parts' in name), ...given] : given;
  }
  const first = args.slice(0, 3).map((arg) => (/^\s*\w+\s*=(?!=)/.test(arg) ? [] : namesIn(arg)));
  const literal = first.findIndex((names) => names.some((name) => 'parts' in name));
  // tracer.Start(ctx, "x"): the name is never the first argument of Start.
  const skipped = callee === 'Start' || callee === 'StartSpanFromContext' ? 1 : 0;
  const reference = first.findIndex((names, k) => k >= skipped && names.some((name) => 'identifier' in name && !isContext(name.identifier)));
  if (literal >= skipped && literal >= 0 && (reference < 0 || literal <= reference || reference === 0)) return first[literal]!;
  return reference < 0 || (decorator && !NAMED_BY_CONSTANT.test(callee)) ? [] : first[reference]!;
}

/** Annotations whose first argument is a name; other decorators take functions and options. */
const NAMED_BY_CONSTANT = /^(?:WithSpan|NewSpan|SpanName|start_as_current_span)$/;

const namesIn = (expression: string): readonly Name[] => alternatives(expression).map(nameExpression).filter((name) => name !== undefined);

const isContext = (identifier: string): boolean => /^(?:ctx|context|c|r|req|request|tracer|span|parent|self|this|cls|Level|INFO|DEBUG|TRACE|WARN|ERROR|true|false|null|undefined|None|nil|fn|func|async|opts|options)$|Context$|Ctx$|Tracer$/.test(identifier);

/** The function under a decorator names the span; on the JVM, .NET, PHP and Nest its class does too. */
function pushBare(calls: SpanCall[], text: string, at: number, callee: string): void {
  const open = /^\s*\(/.exec(text.slice(at + callee.length, at + callee.length + 20));
  const from = open === null ? at + callee.length : endOfBrackets(text, at + callee.length + open[0].length - 1);
  const after = text.slice(from, from + 1_500);
  const end = after.search(/\n|$/);
  // On the decorator's own line, else below it.
  const inline = after.slice(0, end);
  const pattern = /(?:\b(?:def|fn|fun|function|func)\s+([A-Za-z_]\w*)|^[ \t]*(?:(?:public|private|protected|internal|static|async|final|override|suspend|synchronized)\s+)*(?:[\w<>[\],.? ]+\s+)?(?!pub\b)([A-Za-z_]\w*)\s*\([^;]*$)/dm;
  const found = pattern.exec((/\w\s*\(/.test(inline) ? inline : blank(inline)) + withoutDecorators(after.slice(end)));
  const [start, stop] = found?.indices?.[1] ?? found?.indices?.[2] ?? [0, 0];
  const name = text.slice(from + start, from + stop);
  if (name === '' || /^(?:if|for|while|switch|return|class)$/.test(name)) return;
  calls.push({ at: from + start, callee, kind: 'bare', parts: [name] });
  const owner = [...text.slice(0, at).matchAll(/\b(?:class|struct|object|trait|interface)\s+([A-Z]\w*)/g)].at(-1)?.[1];
  if (owner !== undefined) for (const joint of ['.', '::']) calls.push({ at: from + start, callee, kind: 'bare', parts: [`${owner}${joint}${name}`] });
}

/** Nothing, as long as the text: many empty lines are read faster than many spaces. */
const blank = (text: string): string => '\n'.repeat(text.length);

const withoutDecorators = (text: string): string => text.replace(/^[ \t]*(?:@[\w.]+(?:\([^\n]*\))?|#\[[^\n]*\]|\[[^\n]*\]|\/\/[^\n]*)[ \t]*$/gm, blank);
