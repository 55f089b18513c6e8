// The source-map reader against source-map-js on random maps, and dist → source through the ladder.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, it } from 'mocha';
import { SourceMapConsumer, SourceMapGenerator } from 'source-map-js';
import { locate } from '../../../src/source/ladder.ts';
import { originalPosition } from '../../../src/source/sourceMap.ts';
import { hintsOf, memoryWorkspace } from './memoryWorkspace.ts';

const segment = fc.record({ line: fc.integer({ min: 1, max: 40 }), column: fc.integer({ min: 0, max: 5_000 }), source: fc.integer({ min: 0, max: 4 }), toLine: fc.integer({ min: 1, max: 100_000 }), toColumn: fc.integer({ min: 0, max: 100_000 }) });

describe('source: source maps', () => {
  it('agrees with source-map-js on random maps', () => {
    fc.assert(
      fc.property(fc.uniqueArray(segment, { selector: (s) => `${s.line}:${s.column}`, minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 42 }), fc.integer({ min: 0, max: 5_100 }), (segments, line, column) => {
        const generator = new SourceMapGenerator({ file: 'out.js' });
        for (const s of segments) generator.addMapping({ generated: { line: s.line, column: s.column }, original: { line: s.toLine, column: s.toColumn }, source: `src/${s.source}.ts` });
        const text = generator.toString();
        const expected = new SourceMapConsumer(JSON.parse(text)).originalPositionFor({ line, column });
        const actual = originalPosition(text, line, column + 1);
        if (expected.source !== null) assert.deepEqual(actual, { source: expected.source, line: expected.line, column: expected.column + 1 });
        // Left of a line's first mapping source-map-js answers nothing; a stack's column may be off by a few, so we answer the first.
        else assert.equal(actual !== undefined, segments.some((s) => s.line === line));
      }),
      { numRuns: 300, seed: 20260101 },
    );
  });

  it('reads sections, sourceRoot and the anti-JSON prefix', () => {
    const inner = { version: 3, sources: ['a.ts'], sourceRoot: 'src', mappings: 'AAAA;AACA' };
    assert.deepEqual(originalPosition(`)]}'\n${JSON.stringify(inner)}`, 2, 1), { source: 'src/a.ts', line: 2, column: 1 });
    const map = JSON.stringify({ version: 3, sections: [{ offset: { line: 0, column: 0 }, map: inner }, { offset: { line: 10, column: 5 }, map: { ...inner, sources: ['b.ts'] } }] });
    assert.deepEqual(originalPosition(map, 12, 1), { source: 'src/b.ts', line: 2, column: 1 });
    assert.deepEqual(originalPosition(map, 11, 6), { source: 'src/b.ts', line: 1, column: 1 });
    assert.deepEqual(originalPosition(map, 2, 1), { source: 'src/a.ts', line: 2, column: 1 });
  });

  it('broken maps answer nothing', () => {
    for (const text of ['', '{', 'null', '[]', '{}', '{"mappings":5,"sources":[]}', '{"mappings":"AAAA","sources":[]}', '{"mappings":"!!!!","sources":["a"]}', '{"mappings":"AAA","sources":["a"]}', `{"mappings":"${'g'.repeat(5_000)}","sources":["a"]}`, '{"mappings":"AADA","sources":["a"]}', '{"sections":[{"offset":{"line":0,"column":0},"map":{"sections":[]}}]}', '{"sections":[null,{"offset":null,"map":null}]}']) {
      assert.equal(originalPosition(text, 1, 1), undefined, text.slice(0, 60));
    }
  });
});

const mapOf = (sources: readonly string[], pairs: readonly (readonly [generated: number, source: string, original: number])[], extra: Record<string, unknown> = {}): string => {
  const generator = new SourceMapGenerator({ file: 'x.js' });
  for (const [line, source, original] of pairs) generator.addMapping({ generated: { line, column: 4 }, original: { line: original, column: 2 }, source });
  return JSON.stringify({ ...(JSON.parse(generator.toString()) as object), sources, ...extra });
};
const lines = (n: number): string => Array.from({ length: n }, (_, k) => `line${k + 1}`).join('\n');

describe('source: build output in the workspace', () => {
  const plain = mapOf(['../src/server.ts'], [[10, '../src/server.ts', 4], [12, '../src/server.ts', 7]]);
  const texts = {
    'services/a/src/server.ts': lines(30),
    'services/b/src/server.ts': lines(30),
    'services/a/package.json': '{"name":"a"}',
    'services/b/package.json': '{"name":"b"}',
    'services/a/dist/server.js': `${lines(20)}\n//# sourceMappingURL=server.js.map`,
    'services/a/dist/server.js.map': plain,
    'services/b/dist/server.js': `${lines(20)}\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,${Buffer.from(plain).toString('base64')}`,
    'services/c/package.json': '{"name":"c"}',
    'services/c/src/lib/tool.ts': lines(30),
    'services/c/build/bundle.js': `${lines(20)}\n//# sourceMappingURL=maps/bundle.map`,
    'services/c/build/maps/bundle.map': mapOf(['webpack://c/./src/lib/tool.ts'], [[3, 'webpack://c/./src/lib/tool.ts', 9]]),
    'services/d/lib/plain.js': lines(20),
  };
  const shop = memoryWorkspace(texts);
  const rows: readonly (readonly [string, string, string, string])[] = [
    ['/home/me/shop/services/a/dist/server.js', '10', 'a', 'services/a/src/server.ts:4'],
    ['/app/dist/server.js', '12', 'a', 'services/a/src/server.ts:7'],
    ['/app/dist/server.js', '10', 'b', 'services/b/src/server.ts:4'],
    ['/app/build/bundle.js', '3', 'c', 'services/c/src/lib/tool.ts:9'],
    ['/app/lib/plain.js', '3', 'd', 'services/d/lib/plain.js:3'],
    ['/home/me/shop/services/a/dist/server.js', '1', 'a', 'services/a/dist/server.js:1'],
  ];
  for (const [path, line, service, expected] of rows) {
    it(`${service}: ${path}:${line}`, async () => {
      const { candidates } = await locate(hintsOf({ service, code: { 'code.file.path': path, 'code.line.number': line } }), shop.files);
      assert.equal(`${candidates[0]?.file}:${candidates[0]?.line}`, expected);
    });
  }
  it('in stack frames, with columns', async () => {
    const { best } = await locate(hintsOf({ service: 'b', stacks: ['Error: x\n    at handle (/app/dist/server.js:12:5)\n    at /app/node_modules/x.js:1:1'] }), shop.files);
    assert.equal(`${best?.file}:${best?.line}:${best?.column}`, 'services/b/src/server.ts:7:3');
    assert.match(best?.reason ?? '', /source map/);
  });

  it('of an older build: the mapped line is checked as any other', async () => {
    const sources = ['../src/a.ts'];
    const stale = memoryWorkspace({
      'src/a.ts': '\n// moved\n\nexport function handle() {\n  return 1;\n}\n',
      'dist/a.js': `${lines(20)}\n//# sourceMappingURL=a.js.map`,
      'dist/a.js.map': mapOf(sources, [[3, sources[0]!, 2], [4, sources[0]!, 5], [5, sources[0]!, 90]]),
    });
    const cases: readonly (readonly [line: number, functionName: string | undefined, at: number, sure: string])[] = [
      [4, undefined, 5, 'high'], [4, 'handle', 5, 'high'], [4, 'n', 5, 'high'], [3, undefined, 2, 'medium'], [3, 'handle', 4, 'medium'], [5, undefined, 6, 'low'], [5, 'handle', 4, 'medium'],
    ];
    for (const [line, name, at, sure] of cases) {
      const code = { 'code.file.path': '/app/dist/a.js', 'code.line.number': String(line), ...(name === undefined ? {} : { 'code.function.name': name }) };
      const stacks = [`Error: x\n    at ${name ?? '<anonymous>'} (/app/dist/a.js:${line}:5)`];
      for (const hints of [hintsOf({ code }), hintsOf({ stacks })]) {
        const { best } = await locate(hints, stale.files);
        assert.deepEqual([best?.file, best?.line, best?.confidence], ['src/a.ts', at, sure], best?.reason);
        assert.match(best?.reason ?? '', /source map/);
      }
    }
  });
});
