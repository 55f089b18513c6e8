// Workspaces for the ladder's tests: in memory, from the fixtures' text form or from a table. Records every read.
import { readFileSync } from 'node:fs';
import type { PathMapRule, WorkspaceAccess } from '../../../src/source/workspaceFiles.ts';
import { WorkspaceFiles } from '../../../src/source/workspaceFiles.ts';
import type { SourceHints } from '../../../src/source/sourceHints.ts';

export interface MemoryWorkspace {
  readonly files: WorkspaceFiles;
  /** Every path that was asked for. */
  readonly reads: string[];
  /** "file:line" of a mark. */
  mark(name: string): string;
  line(name: string): number;
}

export interface MemoryOptions {
  readonly root?: string;
  readonly caseInsensitive?: boolean;
  readonly pathMap?: readonly PathMapRule[];
  readonly trusted?: boolean;
}

export function memoryWorkspace(texts: Readonly<Record<string, string>>, options: MemoryOptions = {}, marks: ReadonlyMap<string, string> = new Map()): MemoryWorkspace {
  const reads: string[] = [];
  const known = new Map(Object.entries(texts));
  const access: WorkspaceAccess = {
    roots: [{ path: options.root ?? '/home/me/shop', prefix: '' }],
    caseInsensitive: options.caseInsensitive ?? false,
    pathMap: options.pathMap ?? [],
    trusted: options.trusted ?? true,
    listFiles: async () => ({ files: [...known.keys()], notes: [] }),
    readText: async (file, maxBytes) => {
      reads.push(file);
      const text = known.get(file);
      return text === undefined || text.length > maxBytes ? undefined : text;
    },
  };
  const mark = (name: string): string => {
    const place = marks.get(name);
    if (place === undefined) throw new Error(`no line is marked «${name}»`);
    return place;
  };
  return { files: new WorkspaceFiles(access), reads, mark, line: (name) => Number(mark(name).split(':')[1]) };
}

/** Reads test/fixtures/source/NAME.workspace. */
export function fixtureWorkspace(name: string, options: MemoryOptions = {}): MemoryWorkspace {
  const { texts, marks } = parseFixture(readFileSync(new URL(`../../fixtures/source/${name}.workspace`, import.meta.url), 'utf8'));
  return memoryWorkspace(texts, options, marks);
}

function parseFixture(text: string): { readonly texts: Readonly<Record<string, string>>; readonly marks: ReadonlyMap<string, string> } {
  const texts: Record<string, string> = {};
  const marks = new Map<string, string>();
  for (const part of text.split(/^=== /m).slice(1)) {
    const [file, ...lines] = part.replace(/\n$/, '').split('\n');
    texts[file!] = `${lines
      .map((line, k) => {
        const mark = / *«(.+)»$/.exec(line);
        if (mark !== null) marks.set(mark[1]!, `${file}:${k + 1}`);
        return line.replace(/ *«.+»$/, '');
      })
      .join('\n')}\n`;
  }
  return { texts, marks };
}

export interface HintParts {
  readonly service?: string;
  readonly name?: string;
  readonly scope?: string;
  readonly language?: string;
  readonly code?: Readonly<Record<string, string>>;
  readonly stacks?: readonly string[];
  readonly entry?: SourceHints['entry'];
}

export function hintsOf(parts: HintParts): SourceHints {
  return {
    service: parts.service ?? '',
    spanName: parts.name ?? 'unnamed',
    scopeName: parts.scope ?? '',
    language: parts.language ?? '',
    attributes: Object.entries(parts.code ?? {}).map(([key, text]) => ({ key, text })),
    stacks: parts.stacks ?? [],
    ...(parts.entry === undefined ? {} : { entry: parts.entry }),
  };
}
