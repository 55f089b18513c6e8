// Which called names make spans: known ones of the tracing libraries, helpers by the parts of their name, decorators of AI
// frameworks; and which look alike and make none (features.md §3.5 rung 8). Must not know arguments or files.

/** api: a known span-creating call. helper: a function whose name says span or trace. wrapper: passes its argument on. bare: a decorator that names the span after the function. */
export type SiteKind = 'api' | 'helper' | 'wrapper' | 'bare';

/** Cheap test whether a text is worth a closer look. */
export const mayMakeSpans = (text: string): boolean => /span|trac(?:e|ing)|activity|observ|instrument|telemetry|functionId|segment|opik|weave|otelhttp|Effect\.fn\(|defineFlow/i.test(text);

const API = new Set(
  [
    'startActiveSpan', 'startSpan', 'startSpanManual', 'startInactiveSpan', 'startActiveObservation', 'startObservation', 'start_as_current_span', 'start_span', 'start_as_current_observation', 'start_as_current_generation',
    'start_observation', 'start_active_span', 'spanBuilder', 'buildSpan', 'StartActivity', 'CreateActivity', 'StartActiveSpan', 'StartSpan', 'StartRootSpan', 'StartSpanFromContext', 'in_span', 'with_span', 'WithSpan', 'NewSpan',
    'Observed', 'observe', 'traceable', 'instrument', 'span', 'info_span', 'debug_span', 'trace_span', 'warn_span', 'error_span', 'withSpan', 'withActiveSpan', 'Span', 'createSpan', 'span_builder', 'createNotStarted', 'functionId', 'Start', 'start_with_context', 'inSpan', 'defineFlow',
  ].map((name) => name.toLowerCase()),
);
/** Calls with span or trace in their name that make none. */
const NOT_MAKING = /^_*(?:get|find|use|ignore|skip|exclude|include|allow|drop|sample|expect|assert|wait|has|is|should|filter|set|end|on|parse|format|to|from|by|current|export|flush|register|with_?tracer|print|log|describe|test|it|remove|delete|read|load|fetch|list|query|search|convert|extract|inject|send|mock|stub|check|verify|render|show|open|close|stop|finish|update|compare|count|sort|map|stack_?trace|traceback|inspect)(?=[A-Z_]|$|span|trace)|tracer$|tracerprovider|provider$|traceback|traceid|trace_id|spanid|span_id|spankind|spancontext|spanprocessor|spanexporter|stacktrace|instrumentations?$|(?:un)?register_?instrument|observable|observer$|timespan|asspan|onlyspan|(?:col|row|life)span|(?:span|trace|tracing|segment)_?(?:filter|lock|view|error|exception|config|options|sampler|list|tree|table|matcher)s?$|spanname|spanattribute|spanstatus|segments?path/i;
/** What the names of calls that count have in them; everything else is passed over quickly. */
export const STEM = /span|trac|activity|observ|instrument|segment|start|chain|agent|tool|task|workflow|llm|retriever|guardrail|wrap|step|track|defineFlow|NewHandler|NewMiddleware/gi;
/** By word parts: `abstractmethod` and `extract` trace nothing. */
const WORTH = /(?<![a-z])(?:spans?|spanned|trac(?:e[ds]?|ing|eable)|activity|observ[a-z]*|instrument[a-z]*|segment)(?![a-z])|(?:Spans?|Spanned|Trac(?:e[ds]?|ing|eable)|Activity|Observ[a-z]*|Instrument[a-z]*|Segment)(?![a-z])|SPAN|TRACE/;
export const LOGGER = /(?:\blog(?:ger)?|\bconsole|\bLOG(?:GER)?|_logger|_log|\bpino)\s*\.\s*$/;
/** Decorators of AI frameworks: they count only as decorators. */
export const DECORATOR = /^(?:chain|agent|tool|task|workflow|llm|retriever|guardrail|wrap|step|trace|span|track)$/i;

export function kindOf(callee: string, text: string, at: number, decorator: boolean): SiteKind | undefined {
  const lower = callee.toLowerCase();
  const before = text.slice(Math.max(0, at - 60), at);
  if (lower === 'start') {
    const receiver = /([\w$]+|\))\s*(?:\.|::)\s*$/.exec(before)?.[1] ?? '';
    if (receiver === '') return undefined;
    if (/trac|\)$/i.test(receiver)) return 'api';
    // Commands, timers and servers start too; what starts a span answers a context and the span.
    const second = /(?:[\w.]+|_)[ \t]*,[ \t]*([\w.]+)[ \t]*:?=[ \t]*[\w.$]*$/.exec(before)?.[1];
    return callee === 'Start' && second !== undefined && !/^(?:err\w*|cancel\w*|ok|stop|done|n|out)$/i.test(second) ? 'api' : undefined;
  }
  if (decorator && DECORATOR.test(callee)) return isTracingDecorator(callee, before, text) ? 'api' : undefined;
  if (lower === 'observe' || lower === 'instrument' || lower === 'observed') return /IntersectionObserver|ResizeObserver|MutationObserver/.test(text) || (!decorator && /(?:hist\w*|summary|metrics?|gauge|counter|stats?d?|meter|timer|observer|latency|duration)\w*\s*(?:\.|->|::)\s*$/i.test(before)) ? undefined : 'api';
  // h.span("text") makes an element as likely as a span.
  if (lower === 'span' && /[\w$)]\s*(?:\.|->|::)\s*$/.test(before) && !/(?:trac\w*|span\w*|otel|telemetry|logfire|sentry\w*|langfuse|obs\w*|apm|dd|this|self|opik)\s*(?:\.|->|::)\s*$/i.test(before)) return 'helper';
  // The one HTTP library whose span names are the program's.
  if (callee === 'NewHandler' || callee === 'NewMiddleware') return /otelhttp\s*\.\s*$/.test(before) ? 'api' : undefined;
  if (API.has(lower) || (lower === 'wrap' && /trac\w*\s*\.\s*$/i.test(before))) return 'api';
  if (!WORTH.test(callee) || NOT_MAKING.test(callee)) return undefined;
  if (/^trace$/i.test(callee) && LOGGER.test(before)) return undefined;
  return 'helper';
}

/** @task and @tool are of many frameworks; of those that trace only where one is imported, or by a tracer's own. */
export function isTracingDecorator(callee: string, before: string, text: string): boolean {
  const head = text.slice(0, 3_000);
  if (/^(?:trace|span|wrap)$/i.test(callee)) return /trac|span|logfire|traceloop|openinference|langfuse|opentelemetry/i.test(before + head);
  return /(?:trac\w*|span\w*|otel|telemetry|opik)\.$/i.test(before) || /\b(?:from|import|require)\b[^\n]*(?:traceloop|openinference|langfuse|langsmith|opik|phoenix|logfire|mlflow|agentops)/i.test(head);
}
