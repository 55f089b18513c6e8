// Properties with random input (seeded): accepted paths are harmless, the tail search agrees with a naive one, and whatever a span
// says, locate answers listed files, lines inside them, sentences, and "certain" only for a file that was named.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, it } from 'mocha';
import { FileIndex, joinPath } from '../../../src/source/fileIndex.ts';
import { parseFunctionName } from '../../../src/source/functionName.ts';
import { locate } from '../../../src/source/ladder.ts';
import { fitsParts, nameExpression, splitArguments } from '../../../src/source/literal.ts';
import { isRefused, pathCandidate } from '../../../src/source/pathCandidate.ts';
import { findSpanCalls } from '../../../src/source/spanCalls.ts';
import { parseStack } from '../../../src/source/stackTrace.ts';
import { fixtureWorkspace, hintsOf } from './memoryWorkspace.ts';

const SEED = { seed: 20260102 };

/** Pieces that paths, attacks and traces are made of, in any order. */
const PIECES = [
  '..', '.', '/', '\\', '//', '\\\\', 'C:', 'c:\\', 'file://', 'webpack:///', 'webpack-internal:///', 'command:', 'http://localhost:1/', 'src', 'server.ts', 'app', 'services', 'gateway', 'main.py', 'store.go', 'dist', 'server.js', 'node_modules', 'CON', 'nul.txt', ':', ':12', ':3:4',
  '%2e', '%2f', '%', '?', '#', '*', '~', '${x}', '$id', ' ', '\u0000', '\u202e', '\ud800', 'é', 'e\u0301', '_', '/_/', '@v1.2.3', '(', ')', '[', ']', '<', '>', '    at ', ' in ', ':line 7', 'File "', '", line 9, in f', '\n', '\t', 'goroutine 1 [running]:', 'Caused by: ', 'x'.repeat(40),
];
const pieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((list) => list.join(''));
const text = fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ maxLength: 60 }));

describe('source: properties', () => {
  it('an accepted path has harmless segments only', () => {
    fc.assert(
      fc.property(text, fc.boolean(), (path, fromStack) => {
        const candidate = pathCandidate(path, fromStack);
        if (isRefused(candidate)) return;
        assert.ok(candidate.segments.length > 0);
        for (const segment of candidate.segments) {
          assert.ok(segment !== '' && segment !== '.' && segment !== '..');
          assert.doesNotMatch(segment, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069/\\:*?"<>|]|[. ]$/u);
        }
        assert.match(candidate.drive, /^(?:[A-Z]:)?$/);
        // Joined below any folder it stays there.
        const joined = joinPath('w', candidate.segments.join('/'));
        assert.equal(joined, `w/${candidate.segments.join('/')}`);
      }),
      { ...SEED, numRuns: 20_000 },
    );
  });

  it('the longest tail is what a naive search finds', () => {
    const segment = fc.constantFrom('a', 'b', 'src', 'x.ts', 'y.ts', 'A');
    const path = fc.array(segment, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 12, selector: (p) => p.join('/') }), path, (files, wanted) => {
        const index = new FileIndex(files.map((f) => f.join('/')), false);
        const tail = (file: readonly string[]): number => {
          let n = 0;
          while (n < file.length && n < wanted.length && file.at(-1 - n) === wanted.at(-1 - n)) n++;
          return n;
        };
        const best = Math.max(0, ...files.map(tail));
        const match = index.longestTail(wanted);
        if (best > 0) assert.deepEqual(match, { files: files.filter((f) => tail(f) === best).map((f) => f.join('/')), segments: best, folded: false });
        else assert.ok(match === undefined || match.folded);
      }),
      { ...SEED, numRuns: 3_000 },
    );
  });

  it('a name made from a pattern fits it, and one without its text does not', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '/'), minLength: 1, maxLength: 4 });
    const hole = fc.string({ unit: fc.constantFrom('x', 'y', '1'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 5 }), fc.array(hole, { minLength: 5, maxLength: 5 }), (parts, holes) => {
        const name = parts.map((p, k) => (k === parts.length - 1 ? p : p + holes[k]!)).join('');
        assert.ok(fitsParts(name, parts), `${name} ${parts.join('…')}`);
        assert.ok(!fitsParts(`z${name}`, parts) && !fitsParts(`${name}z`, parts));
      }),
      SEED,
    );
  });

  it('the scanners answer anything, quickly', () => {
    fc.assert(
      fc.property(text, (source) => {
        findSpanCalls(`startSpan(${source}`);
        nameExpression(source);
        splitArguments(`(${source}`, 0);
        for (const frame of parseStack(source)) assert.ok(frame.line === undefined || frame.line >= 1);
        for (const language of ['', 'go', 'java', 'dotnet']) {
          const { owners, name } = parseFunctionName(source, language, source);
          assert.ok(name === undefined || /^[\p{L}_$]/u.test(name));
          assert.ok(owners.every((owner) => owner !== ''));
        }
      }),
      { ...SEED, numRuns: 5_000 },
    );
  });

  it('whatever a span says, the answer is inside the workspace and honest', async function () {
    this.timeout(60_000);
    const shop = fixtureWorkspace('shop');
    const index = await shop.files.index();
    const counts = new Map<string, number>();
    for (const file of index.files) counts.set(file, ((await shop.files.lines(file)) ?? []).length);
    const language = fc.constantFrom('', 'nodejs', 'python', 'java', 'go', 'dotnet', 'php', 'ruby', 'rust', 'constructor');
    const entry = fc.option(fc.oneof(text.map((route) => ({ route: `/${route}`, method: 'GET' })), text.map((topic) => ({ topic })), fc.tuple(text, text).map(([rpcService, rpcMethod]) => ({ rpcService, rpcMethod }))), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(text, text, text, text, fc.integer({ min: -3, max: 500 }), language, entry, async (path, name, functionName, stack, line, sdk, enters) => {
        const { candidates, best, why, fix } = await locate(hintsOf({ service: 'gateway', name, language: sdk, code: { 'code.file.path': path, 'code.line.number': String(line), 'code.function.name': functionName }, stacks: [stack], ...(enters === undefined ? {} : { entry: enters }) }), shop.files);
        for (const c of candidates) {
          assert.equal(index.find(c.file), c.file);
          assert.ok(c.line >= 1 && c.line <= counts.get(c.file)!, `${c.file}:${c.line}`);
          assert.ok(c.column === undefined || c.column >= 1);
          assert.match(c.reason, /^\S.*\.$/s);
          if (c.confidence === 'certain') assert.ok((c.rung === 'exact' || c.rung === 'pathMap') && c.line === line);
        }
        assert.ok(best === undefined || best === candidates[0]);
        assert.equal(why === undefined, candidates.length > 0);
        assert.ok(fix !== undefined || best?.confidence === 'certain');
      }),
      { ...SEED, numRuns: 1_500 },
    );
    assert.deepEqual(shop.reads.filter((file) => index.find(file) === undefined), []);
  });
});
