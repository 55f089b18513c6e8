// A path from a span is a candidate, never a path: everything dangerous is refused here, before any lookup
// (DESIGN §7, research/reliability.md §8.4 and R18). Owns the syntax; must not know which files exist.

/** A path whose syntax is harmless. Nothing is known about its existence. */
export interface PathCandidate {
  /** Without drive, scheme and `.`; never empty, never `..`. */
  readonly segments: readonly string[];
  /** It started at a file system root ("/", "C:\"). */
  readonly absolute: boolean;
  /** "C:" where it was a Windows path, else "". */
  readonly drive: string;
  /** Line and column that were glued to the path ("x.ts:12:5"). */
  readonly line?: number;
  readonly column?: number;
}

export interface RefusedPath {
  /** Completes "The path was refused: …". */
  readonly refused: string;
}

const MAX_LENGTH = 4096;
const MAX_SEGMENT = 255;
const MAX_SEGMENTS = 128;
/** Controls, bidi marks and overrides, zero-width characters, BOM, line separators, lone surrogates. */
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}/u;
const DEVICE = /^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3]|conin\$|conout\$|clock\$)\s*(?:\.|$)/i;
const BUNDLER = /^(?:webpack-internal|webpack|turbopack|rollup|vite):\/\/(?:[^/]*\/)?/i;
const LOCAL_HTTP = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?\//i;

/** `fromStack`: also accepts http URLs of this machine, which browsers write into stack traces. */
export function pathCandidate(text: string, fromStack = false): PathCandidate | RefusedPath {
  if (text.length > MAX_LENGTH) return refuse(`it is longer than ${MAX_LENGTH} characters`);
  if (INVISIBLE.test(text)) return refuse('it contains invisible or control characters');
  let rest = text.trim();
  if (rest === '') return refuse('it is empty');

  let line: number | undefined;
  let column: number | undefined;
  const position = /^(.+?):(\d{1,9})(?::(\d{1,9}))?$/.exec(rest);
  if (position !== null && !/^[a-z]$/i.test(position[1]!)) {
    rest = position[1]!;
    line = Number(position[2]);
    column = position[3] === undefined ? undefined : Number(position[3]);
  }

  let wasUri = false;
  if (/^file:/i.test(rest)) {
    const body = /^file:\/\/(?:localhost)?(\/(?!\/).*)$/i.exec(rest) ?? /^file:(\/(?!\/).*)$/i.exec(rest);
    if (body === null) return refuse('it is a file URI with a host or without a path');
    // Loaders add queries of their own: "?t=17", "?tsx-namespace=1".
    const decoded = decodeOnce(body[1]!.replace(/[?#].*$/, ''));
    if (decoded === undefined || INVISIBLE.test(decoded)) return refuse('its percent-encoding is not text');
    rest = decoded.replace(/^\/(?=[a-z]:[\\/])/i, '');
    wasUri = true;
  } else if (BUNDLER.test(rest)) {
    rest = rest.replace(BUNDLER, '').replace(/^(?:\.?\/)*(?:\([\w-]+\)|\[project\])\//, '').replace(/^(?:\.?\/)+/, '');
    rest = rest.replace(/[?#].*$/, '').replace(/ \([\w-]+\)$/, '');
  } else if (fromStack && LOCAL_HTTP.test(rest)) {
    rest = rest.replace(LOCAL_HTTP, '').replace(/[?#].*$/, '').replace(/^@fs(?=\/)/, '');
  }

  if (/^[a-z][a-z0-9+.-]+:/i.test(rest)) return refuse('it is a URI or a command, not a path');
  if (/%(?:2e|2f|5c|00|25|3a)/i.test(rest)) return refuse('it hides separators in percent-encoding');
  if (/^[\\/]{2}/.test(rest)) return refuse('it names another machine (UNC)');
  const drive = /^([a-z]:)(?=[\\/])/i.exec(rest)?.[1] ?? '';
  if (drive === '' && /^[a-z]:/i.test(rest)) return refuse('it is relative to the current folder of a drive');
  rest = rest.slice(drive.length);
  if (rest.startsWith('~')) return refuse('it is relative to a home folder');
  if (/\$\{|%[A-Za-z_]\w*%|\$\(|`/.test(rest)) return refuse('it contains a variable or a command substitution');
  if (/[<>|"*?]/.test(rest)) return refuse('it contains characters that file names do not have');

  const windows = drive !== '' || (rest.includes('\\') && !rest.includes('/'));
  const absolute = drive !== '' || rest.startsWith('/') || (windows && rest.startsWith('\\'));
  const parts = (rest.includes('\\') ? rest.replaceAll('\\', '/') : rest).split('/');
  const segments: string[] = [];
  for (const part of parts) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      segments.pop();
      if (segments.length === 0) return refuse('it climbs out of its own folder with ".."');
      continue;
    }
    const problem = badSegment(part);
    if (problem !== undefined) return refuse(problem);
    segments.push(part);
  }
  if (segments.length === 0) return refuse('it names no file');
  if (segments.length > MAX_SEGMENTS) return refuse(`it has more than ${MAX_SEGMENTS} segments`);
  if (/[\\/]$/.test(rest)) return refuse('it is a folder');
  if (absolute && drive === '' && /^(?:dev|proc|sys)$/.test(segments[0]!)) return refuse('it is a device or kernel file');
  // .NET deterministic builds write "/_/" for the repository's root.
  if (!wasUri && absolute && segments[0] === '_' && segments.length > 1) return { segments: segments.slice(1), absolute: false, drive: '', ...at(line, column) };
  return { segments, absolute, drive: drive.toUpperCase(), ...at(line, column) };
}

export const isRefused = (candidate: PathCandidate | RefusedPath): candidate is RefusedPath => 'refused' in candidate;

function badSegment(segment: string): string | undefined {
  if (segment.length > MAX_SEGMENT) return `a segment is longer than ${MAX_SEGMENT} characters`;
  if (/^\.{3,}$/.test(segment)) return 'it contains "..."';
  if (segment.includes(':')) return 'it names an alternate data stream or a URI';
  if (DEVICE.test(segment)) return 'it names a device';
  if (/[. ]$/.test(segment)) return 'a segment ends with a dot or a space';
  return undefined;
}

function decodeOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // Malformed percent-encoding: the caller refuses it.
  }
}

const refuse = (refused: string): RefusedPath => ({ refused });

const at = (line: number | undefined, column: number | undefined): { line?: number; column?: number } => ({
  ...(line === undefined ? {} : { line }),
  ...(column === undefined ? {} : { column }),
});
