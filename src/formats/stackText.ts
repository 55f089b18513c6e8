// Stack frames that came as fields (X-Ray's `cause`, Google's `/stacktrace`) → the text a runtime would have printed, so that what reads
// printed stack traces (source/stackTrace.ts) reads these too. Owns one line's form per language; must not know where frames come from.

export interface PlainFrame {
  readonly path: string;
  readonly line: number | undefined;
  /** As the runtime names the function, with its class or package where it does. */
  readonly functionText: string;
}

export interface PlainException {
  readonly type: string;
  readonly message: string;
  /** The frame that threw comes first. */
  readonly frames: readonly PlainFrame[];
}

const MAX_FRAMES = 1000;

const FORMS: readonly (readonly [path: RegExp, line: (frame: PlainFrame) => string])[] = [
  [/\.pyi?$/, ({ path, line, functionText }) => `  File "${path.replaceAll('"', '')}", line ${line ?? 1}, in ${functionText || '<module>'}`],
  [/\.(?:java|kt|kts|scala|groovy|clj)$/, ({ path, line, functionText }) => `    at ${functionText || 'Unknown.method'}(${baseName(path)}:${line ?? 1})`],
  [/\.go$/, ({ path, line, functionText }) => `${functionText || 'main.func'}(...)\n\t${path}:${line ?? 1}`],
  [/\.(?:cs|vb|fs)$/, ({ path, line, functionText }) => `   at ${functionText || 'Unknown.Method()'} in ${path}:line ${line ?? 1}`],
  [/\.(?:rb|rake|erb)$/, ({ path, line, functionText }) => `${path}:${line ?? 1}:in \`${functionText}'`],
  [/\.php$/, ({ path, line, functionText }) => `#0 ${path}(${line ?? 1}): ${functionText || '{main}'}()`],
  [/\.exs?$/, ({ path, line, functionText }) => `    ${path}:${line ?? 1}: ${functionText || 'fun'}/0`],
  [/\.rs$/, ({ path, line, functionText }) => `   0: ${functionText}\n             at ${path}:${line ?? 1}`],
  [/(?:)/, ({ path, line, functionText }) => (functionText === '' ? `    at ${path}:${line ?? 1}:1` : `    at ${functionText} (${path}:${line ?? 1}:1)`)],
];

/** "" where there is no frame. */
export function stackText({ type, message, frames }: PlainException): string {
  const kept = frames.slice(0, MAX_FRAMES).map((frame) => ({ ...frame, path: oneLine(frame.path), functionText: oneLine(frame.functionText) }));
  if (kept.length === 0) return '';
  const title = [oneLine(type), message].filter((part) => part !== '').join(': ');
  const lines = kept.map((frame) => FORMS.find(([path]) => path.test(frame.path))![1](frame));
  const more = frames.length > kept.length ? [`    ... ${frames.length - kept.length} more`] : [];
  // Python prints the most recent call last, and the error below it.
  if (/\.pyi?$/.test(kept[0]!.path)) return ['Traceback (most recent call last):', ...more, ...lines.toReversed(), title].join('\n').trimEnd();
  return [title, ...lines, ...more].join('\n').replace(/^\n/, '');
}

const baseName = (path: string): string => path.split(/[/\\]/).at(-1)!;
const oneLine = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ').slice(0, 2000);
