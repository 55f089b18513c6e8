// Pairs of services as rows that can be picked.
import assert from 'node:assert/strict';
import { dependencyRows } from '../../../src/host/dependencyTexts.ts';

it('host/dependencyTexts: a row a pair, with its calls; what is picked filters by the one that is called', () => {
  assert.deepEqual(dependencyRows([{ parent: 'gateway', child: 'auth', calls: 1204, errors: 1 }, { parent: 'a$(x)', child: 'b\nc', calls: 1 }]), [
    { label: 'gateway → auth', description: '1,204 calls, 1 error', service: 'auth' },
    { label: String.raw`a\$(x) → b c`, description: '1 call', service: 'b\nc' },
  ]);
});
