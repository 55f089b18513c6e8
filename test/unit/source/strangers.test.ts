// Workspaces that the ladder was not written against: other teams' layouts, languages and habits, with the line every span must
// lead to. `at` lists what counts as right; null: no answer is right too, or the only right one. `sure` is how sure it may be.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { locate } from '../../../src/source/ladder.ts';
import type { HintParts } from './memoryWorkspace.ts';
import { fixtureWorkspace, hintsOf } from './memoryWorkspace.ts';

interface Stranger extends HintParts {
  readonly kind: string;
  readonly at: readonly (string | null)[];
  readonly sure?: string;
}

const WORKSPACES = ['shopfront', 'ragbot', 'orders', 'fleet', 'ledger', 'wrappers', 'assistant', 'catalog', 'rides', 'bundles', 'clinic', 'media', 'freight', 'lookalikes', 'chatline'];

for (const name of WORKSPACES) {
  describe(`source: a stranger’s workspace, ${name}`, () => {
    const shop = fixtureWorkspace(name);
    const text = readFileSync(new URL(`../../fixtures/source/${name}.spans.ndjson`, import.meta.url), 'utf8');
    for (const span of text.trimEnd().split('\n').map((line) => JSON.parse(line) as Stranger)) {
      it(`${span.kind}: ${span.service} ${JSON.stringify(span.name)} ${JSON.stringify(span.code ?? span.stacks?.[0] ?? '').slice(0, 120)}`, async () => {
        const { best, candidates } = await locate(hintsOf(span), shop.files);
        const found = best ?? candidates[0];
        const wanted = span.at.map((at) => (at === null ? null : at.startsWith('file:') ? at.slice('file:'.length) : shop.mark(at)));
        const right = found === undefined ? wanted.includes(null) : wanted.includes(`${found.file}:${found.line}`) || wanted.includes(found.file);
        assert.ok(right, `${found === undefined ? 'nothing' : `${found.file}:${found.line} (${found.confidence}: ${found.reason})`}, expected ${wanted.join(' or ')}`);
        assert.equal(found?.confidence, span.sure);
      });
    }
  });
}
