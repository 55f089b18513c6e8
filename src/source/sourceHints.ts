// What a span says about its code, gathered from its decoded details. Pure; must not know where the files are.
import type { SpanDetails } from '../model/spanDetails.ts';
import type { EntryPoint } from './entryPoint.ts';
import { entryPointOf } from './entryPoint.ts';

/** Everything the ladder may use of one span. All of it is hostile text. */
export interface SourceHints {
  readonly service: string;
  readonly spanName: string;
  readonly scopeName: string;
  /** telemetry.sdk.language, or "". */
  readonly language: string;
  /** code.* attributes as text, current and deprecated keys. */
  readonly attributes: readonly { readonly key: string; readonly text: string }[];
  /** Stack traces: exception events first (latest first), then `code.stacktrace` and `exception.stacktrace` attributes. */
  readonly stacks: readonly string[];
  /** Of spans of servers and consumers. */
  readonly entry?: EntryPoint;
}

const SOURCE_KEY = /^code\.|^exception\.|^_dd\.code_origin\.|^ai\.telemetry\.functionId$/;

export function sourceHintsOf(span: SpanDetails, service: string): SourceHints {
  const resourceText = (key: string): string => textOf(span.resource.find((a) => a.key === key)?.value);
  const eventStacks = span.events.toReversed().flatMap((event) => event.attributes.filter((a) => a.key === 'exception.stacktrace').map((a) => textOf(a.value)));
  const ownStacks = span.attributes.filter((a) => a.key === 'code.stacktrace' || a.key === 'exception.stacktrace').map((a) => textOf(a.value));
  const entry = entryPointOf(span);
  return {
    service,
    spanName: span.name,
    scopeName: span.scopeName,
    language: resourceText('telemetry.sdk.language'),
    attributes: span.attributes.filter((a) => SOURCE_KEY.test(a.key)).map((a) => ({ key: a.key, text: textOf(a.value) })),
    stacks: [...eventStacks, ...ownStacks].filter((text) => text !== ''),
    ...(entry === undefined ? {} : { entry }),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'bigint' || typeof value === 'number' ? String(value) : '';
}
