// A sentence that names a setting names one that exists.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

describe('settings named in sentences', () => {
  it('are in the manifest', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { contributes: { configuration: unknown } };
    const known = new Set(JSON.stringify(manifest.contributes.configuration).match(/tracefall(?:\.\w+)+/g));
    const named = ['src/engine/store', 'src/engine/collector'].flatMap((folder) => readdirSync(join(root, folder)).flatMap((file) => readFileSync(join(root, folder, file), 'utf8').match(/tracefall\.[a-z]+\.\w+/g) ?? []));
    assert.ok(named.length > 5);
    assert.deepEqual([...new Set(named)].filter((name) => !known.has(name)), []);
  });
});
