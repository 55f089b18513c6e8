import assert from 'node:assert/strict';
import { namesOf, silentText } from '../../../src/host/filterNames.ts';

describe('host/filterNames', () => {
  const failed: string[] = [];
  const of = (name: string, ...names: readonly string[]) => ({ name, ask: async () => names });
  const failing = (name: string) => ({ name, ask: () => Promise.reject(new Error('no')) });
  beforeEach(() => failed.splice(0));
  const ask = (...connections: Parameters<typeof namesOf>[0]) => namesOf(connections, (name, error) => failed.push(`${name}: ${String(error)}`));

  it('gives every name once, by the alphabet', async () => {
    assert.deepEqual(await ask(of('a', 'shop', 'Auth'), of('b', 'shop', 'db')), { names: ['Auth', 'db', 'shop'], silent: [] });
    assert.deepEqual(await ask(), { names: [], silent: [] });
  });

  it('one that fails costs the others nothing, and is named', async () => {
    assert.deepEqual(await ask(failing('Staging'), of('b', 'shop'), failing('Slow one')), { names: ['shop'], silent: ['Staging', 'Slow one'] });
    assert.deepEqual(failed, ['Staging: Error: no', 'Slow one: Error: no']);
  });

  it('says who is missing', () => {
    assert.deepEqual([silentText([]), silentText(['Staging', 'Slow one'])], [undefined, 'Without Staging, Slow one: no answer']);
  });
});
