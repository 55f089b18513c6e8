// The one-line fix: what a program of that language changes so that its next spans say where their code is.
import type { SourceHints } from './sourceHints.ts';

const ADVICE: { readonly [language: string]: string } = {
  nodejs: "Add a span processor whose onStart sets code.file.path and code.line.number from new Error().stack, and run Node with NODE_OPTIONS=--enable-source-maps.",
  webjs: 'Add a span processor whose onStart sets code.file.path and code.line.number from new Error().stack, and serve source maps.',
  python: 'Add a span processor whose on_start sets code.file.path and code.line.number from sys._getframe() (pydantic logfire does it by itself).',
  java: 'Run the Java agent with -Dotel.instrumentation.common.experimental.controller-telemetry.enabled=true, which sets code.function.name on handlers.',
  go: 'Start spans with trace.WithAttributes(semconv.CodeFilePath(file), semconv.CodeLineNumber(line)) from runtime.Caller(1).',
  dotnet: 'Set code.file.path and code.line.number on the Activity from [CallerFilePath] and [CallerLineNumber] parameters.',
  php: "Use #[WithSpan] of open-telemetry/api, which sets code.* by itself, or set code.file.path to __FILE__ and code.line.number to __LINE__.",
  ruby: "Pass attributes: { 'code.file.path' => __FILE__, 'code.line.number' => __LINE__ } to in_span.",
  rust: 'Leave tracing-opentelemetry\'s with_location(true) on, its default: it sets the code of every span.',
};

export function adviceFor(hints: SourceHints): string {
  return (Object.hasOwn(ADVICE, hints.language) ? ADVICE[hints.language] : undefined) ?? 'Set code.file.path and code.line.number on the span where it is started.';
}
