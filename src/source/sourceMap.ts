// Reads a source map (version 3, also with sections) and answers where a generated position came from. Own decoder, ~80 lines:
// the ladder asks for one position of one file. Bounds-checked: maps are workspace files and may be broken. Must not know files.

export interface OriginalPosition {
  /** As the map names it, with sourceRoot in front. */
  readonly source: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

interface RawMap {
  readonly mappings?: unknown;
  readonly sources?: unknown;
  readonly sourceRoot?: unknown;
  readonly sections?: unknown;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const DIGIT = new Map([...BASE64].map((char, value) => [char.charCodeAt(0), value]));

/** Where generated line (1-based) and column (1-based; absent: the line's first mapping) came from. */
export function originalPosition(mapText: string, line: number, column: number | undefined): OriginalPosition | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(mapText.replace(/^\)\]\}'[^\n]*\n/, ''));
  } catch {
    return undefined; // Not JSON: there is no map here.
  }
  return isMap(raw) ? lookUp(raw, line - 1, column === undefined ? undefined : column - 1) : undefined;
}

const isMap = (value: unknown): value is RawMap => typeof value === 'object' && value !== null;

function lookUp(map: RawMap, line: number, column: number | undefined): OriginalPosition | undefined {
  if (!Array.isArray(map.sections)) return inMappings(map, line, column);
  // Sections are in order of their offset: the last one that starts at or before the position holds it.
  for (const section of (map.sections as readonly unknown[]).toReversed()) {
    if (!isMap(section)) continue;
    const { offset, map: inner } = section as { offset?: { line?: unknown; column?: unknown }; map?: unknown };
    const top = Number(offset?.line ?? Number.NaN);
    const left = Number(offset?.column ?? 0);
    if (!(top <= line) || !isMap(inner) || Array.isArray(inner.sections)) continue;
    if (top === line && column !== undefined && left > column) continue;
    return inMappings(inner, line - top, column === undefined ? undefined : top === line ? column - left : column);
  }
  return undefined;
}

function inMappings(map: RawMap, line: number, column: number | undefined): OriginalPosition | undefined {
  if (typeof map.mappings !== 'string' || !Array.isArray(map.sources)) return undefined;
  const text = map.mappings;
  const state = [0, 0, 0, 0]; // generated column, source, original line, original column
  let generatedLine = 0;
  let hit: readonly number[] | undefined;
  for (let i = 0; i < text.length && generatedLine <= line; ) {
    const char = text.charCodeAt(i);
    if (char === 59 /* ; */) {
      if (generatedLine === line) break;
      generatedLine++;
      state[0] = 0;
      i++;
    } else if (char === 44 /* , */) i++;
    else {
      let fields = 0;
      for (; i < text.length && text.charCodeAt(i) !== 44 && text.charCodeAt(i) !== 59; fields++) {
        let value = 0;
        let scale = 1;
        for (let digit = 32; digit >= 32; scale *= 32) {
          digit = DIGIT.get(text.charCodeAt(i++)) ?? -1;
          if (digit < 0 || scale > 2 ** 35) return undefined;
          value += (digit % 32) * scale;
        }
        if (fields < 4) state[fields] = state[fields]! + (value % 2 === 1 ? -(value - 1) / 2 : value / 2);
      }
      if (generatedLine === line && fields >= 4) {
        if (column !== undefined && state[0]! > column && hit !== undefined) break;
        hit = [...state];
        if (column === undefined || state[0]! > column) break;
      }
    }
  }
  if (hit === undefined) return undefined;
  const source: unknown = (map.sources as readonly unknown[])[hit[1]!];
  if (typeof source !== 'string' || hit[2]! < 0 || hit[3]! < 0) return undefined;
  const root = typeof map.sourceRoot === 'string' && map.sourceRoot !== '' ? `${map.sourceRoot.replace(/\/$/, '')}/` : '';
  return { source: root + source, line: hit[2]! + 1, column: hit[3]! + 1 };
}
