// What is believed of what crosses a port: nothing before asMessage looked at it, and no more of an error than a sentence.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { asMessage, describe as described, errorOf, RpcError } from '../../../src/protocol/rpcMessage.ts';
import { assertNever } from '../../../src/protocol/rpc.ts';

describe('asMessage', () => {
  const good: readonly object[] = [
    { k: 'q', id: 1, name: 'list', body: {} },
    { k: 'q', id: 0, name: '' },
    { k: 'r', id: 1 },
    { k: 'r', id: -5, body: undefined },
    { k: 'x', id: 1, body: 'no' },
    { k: 'c', id: 1 },
    { k: 'e', name: 'log' },
    { k: 'e', name: 'log', id: 'anything: events have no id' },
    { k: 'r', id: 1, further: 'fields are ignored' },
  ];
  for (const message of good) it(`takes ${JSON.stringify(message)}`, () => assert.equal(asMessage(message), message));

  const bad: readonly (readonly [string, unknown])[] = [
    ['nothing', undefined], ['null', null], ['text', 'q'], ['a number', 5], ['a list', []], ['an empty object', {}], ['no kind', { id: 1, name: 'x' }],
    ['an unknown kind', { k: 'z', id: 1, name: 'x' }], ['two kinds', { k: 'qr', id: 1, name: 'x' }], ['all kinds', { k: 'qrxec', id: 1, name: 'x' }], ['an empty kind', { k: '', id: 1, name: 'x' }], ['a kind that is no text', { k: ['q'], id: 1, name: 'x' }],
    ['a question without an id', { k: 'q', name: 'x' }], ['an answer without an id', { k: 'r' }], ['an error without an id', { k: 'x', body: 'no' }], ['a cancel without an id', { k: 'c' }],
    ['an id that is text', { k: 'r', id: '1' }], ['a fractional id', { k: 'r', id: 1.5 }], ['an id that is no number', { k: 'r', id: Number.NaN }], ['an endless id', { k: 'r', id: Infinity }], ['an id beyond 2^53', { k: 'r', id: 2 ** 53 }], ['a big id', { k: 'r', id: 1n }],
    ['a question without a name', { k: 'q', id: 1 }], ['a question whose name is no text', { k: 'q', id: 1, name: 5 }], ['an event without a name', { k: 'e' }], ['an event whose name is no text', { k: 'e', name: {} }],
  ];
  for (const [what, message] of bad) it(`refuses ${what}`, () => assert.equal(asMessage(message), undefined));

  it('never throws, and what it takes has a kind it knows', () => {
    fc.assert(fc.property(fc.anything(), (raw) => {
      const message = asMessage(raw);
      if (message !== undefined) assert.ok(['q', 'r', 'x', 'e', 'c'].includes(message.k));
    }));
  });
});

describe('errors that cross', () => {
  const kind = (value: unknown): Error => Object.assign(new Error('sentence'), { kind: value });
  const rows: readonly (readonly [string, unknown, string, string | undefined])[] = [
    ['an error', new Error('sentence'), 'sentence', undefined],
    ['an error with a kind', kind('full'), 'sentence', 'full'],
    ['an error whose kind is no text', kind(5), 'sentence', undefined],
    ['a text', 'just text', 'just text', undefined],
    ['nothing', undefined, 'It failed without saying why.', undefined],
    ['an object', { message: 'not an error', kind: 'x' }, 'It failed without saying why.', undefined],
    ['a number', 7, 'It failed without saying why.', undefined],
  ];
  for (const [what, thrown, message, code] of rows) it(`${what} is told as a sentence`, () => assert.deepEqual(described(thrown), { message, code }));

  const received: readonly (readonly [string, object, RpcError['kind'], string | undefined, string])[] = [
    ['a sentence', { body: 'no room' }, 'handler', undefined, 'no room'],
    ['a sentence and a kind', { body: 'no room', code: 'full' }, 'handler', 'full', 'no room'],
    ['an unknown method', { body: 'There is no method x.', code: 'unknownMethod' }, 'unknownMethod', 'unknownMethod', 'There is no method x.'],
    ['no sentence', {}, 'handler', undefined, 'The other side failed without saying why.'],
    ['an object', { body: { message: 'x' } }, 'handler', undefined, 'The other side failed without saying why.'],
    ['a kind that is no text', { body: 'x', code: { toString: () => 'unknownMethod' } }, 'handler', undefined, 'x'],
  ];
  for (const [what, message, kindOf, code, sentence] of received) {
    it(`${what} becomes an RpcError`, () => {
      const error = errorOf({ k: 'x', id: 1, ...message });
      assert.ok(error instanceof RpcError && error instanceof Error);
      assert.deepEqual([error.name, error.kind, error.code, error.message], ['RpcError', kindOf, code, sentence]);
    });
  }
  it('an endless sentence is cut', () => assert.equal(errorOf({ k: 'x', id: 1, body: 'x'.repeat(1e6) }).message.length, 4_000));
  it('a case that should not be names itself', () => assert.throws(() => assertNever('q' as never), /Unexpected value "q"/));
});
