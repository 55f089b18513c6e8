// Tempo is run where its source is at hand, and is no skipped row where it is not.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tempoOf } from '../../live/servers/tempo.ts';

describe('live/servers/tempo', () => {
  it('is absent without its source', () => {
    assert.deepEqual([tempoOf(undefined), tempoOf('')], [[], []]);
  });

  it('is of the version that its source names', () => {
    const source = mkdtempSync(join(tmpdir(), 'tracefall-tempo-'));
    try {
      for (const [file, text] of [['VERSION', '3.1.0-dev\n'], ['CHANGELOG.md', '# main'], ['go.sum', '']] as const) writeFileSync(join(source, file), text);
      assert.deepEqual(tempoOf(source).map(({ system, version }) => [system, version]), [['tempo', '3.1.0-dev']]);
    } finally {
      rmSync(source, { recursive: true });
    }
  });

  it('a folder that is no source of it is said at once', () => {
    assert.throws(() => tempoOf(join(tmpdir(), 'no-such-folder')), /ENOENT.*VERSION/);
  });
});
