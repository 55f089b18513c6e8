import assert from 'node:assert/strict';
import { jsonPieces, newlines } from '../../../src/formats/jsonDocuments.ts';
import { jsonFault } from '../../../src/formats/jsonFault.ts';
import { count, idHex, int64, integer, microseconds, text, uint64 } from '../../../src/formats/jsonFields.ts';
import { hasTelltaleNumber, isWrittenDouble, JsonTextError, parseJson, parseProgramJson } from '../../../src/formats/jsonText.ts';
import { splitLargeDocument } from '../../../src/formats/largeDocument.ts';
import { seededRandom } from '../../support/traceGenerator.ts';
import { cpuMs } from '../../support/cpuTime.ts';

const bytesOf = (content: string): Uint8Array => new TextEncoder().encode(content);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('parseProgramJson', () => {
  for (const [json, value] of [
    ['{"a": NaN, "b": [-Infinity, Infinity]}', { a: 'NaN', b: ['-Infinity', 'Infinity'] }],
    ['{"NaN": "a NaN, \\"Infinity\\"", "b": NaN}', { 'NaN': 'a NaN, "Infinity"', b: 'NaN' }],
    ['[NaN, 1795221079000000001]', ['NaN', '1795221079000000001']],
    ['["NaN"]', ['NaN']],
    ['[1]', [1]],
  ] as const) {
    it(`reads ${json}`, () => assert.deepEqual(parseProgramJson(json), value));
  }
  for (const [json, offset] of [['[NaN, nope]', 1], ['{"a": "NaN", "b": nope}', 18], ['[NaNa]', 1], ['[-NaN]', 1], ['nope', 0]] as const) {
    it(`says where ${json} stops being JSON`, () => assert.throws(() => parseProgramJson(json), (error: unknown) => error instanceof JsonTextError && error.offset === offset));
  }
  it('takes long strings beside them', () => {
    const long = 'x\\"y'.repeat(2_000_000);
    assert.deepEqual(parseProgramJson(`{"a":"${long}","b":NaN}`), { a: 'x"y'.repeat(2_000_000), b: 'NaN' });
  });
  for (const [what, json] of [['a string that does not end', `{"a":NaN,"b":"${'\\"'.repeat(10_000_000)}`], ['quotes', `[NaN,${'"'.repeat(500_000)}`], ['words', `[${'NaN'.repeat(300_000)}`], ['backslashes', `[NaN,${'\\'.repeat(500_000)}`]] as const) {
    it(`${what}: costs no more than its size`, () => {
      const started = cpuMs();
      assert.throws(() => parseProgramJson(json), JsonTextError);
      assert.ok(cpuMs() - started < 5_000);
    });
  }
});

describe('parseJson of documents that say no types', () => {
  const parseUntyped = (json: string): unknown => parseJson(json, BigInt);

  for (const [written, isDouble] of [['1.0', true], ['-1.00', true], ['1e3', true], ['1.5E3', true], ['0.0', true], ['1', false], ['1.5', false], ['"1.0"', false], ['9007199254740993.0', false], ['true', false]] as const) {
    it(`${written} is ${isDouble ? 'a whole number written as a double' : 'nothing to remember'}`, () => {
      const object = parseUntyped(`{"other":1.0,"n":${written},"list":[5, ${written}]}`) as { n: unknown; list: unknown[] };
      assert.deepEqual([object.n, object.list], [JSON.parse(written), [5, JSON.parse(written)]]);
      assert.deepEqual([isWrittenDouble(object, 'n'), isWrittenDouble(object.list, '1'), isWrittenDouble(object.list, '0'), isWrittenDouble(object, 'other')], [isDouble, isDouble, false, true]);
    });
  }

  it('large integers are bigints, with such numbers and without, and text stays text', () => {
    for (const more of ['1.0', '1']) assert.deepEqual(parseUntyped(`{"a":[9007199254740993,"9007199254740993"],"b":${more}}`), { a: [9007199254740993n, '9007199254740993'], b: 1 });
  });

  for (const [number, slow] of [['1795221079000000', false], ['8999999999999999', false], ['-1795221079000000', false], ['9007199254740991', true], ['9007199254740993', true], ['-9007199254740993', true], ['17952210790000001', true], ['1.0', true]] as const) {
    it(`${number} is read ${slow ? 'the exact way' : 'at once, as times of microseconds are'}`, () => {
      for (const json of [`[${number}]`, `{"a": ${number}}`, `[0,${number},1]`]) assert.equal(hasTelltaleNumber(json), slow, json);
      const exact = number.includes('.') || Number.isSafeInteger(Number(number)) ? Number(number) : BigInt(number);
      assert.deepEqual(parseJson(`[${number}]`, BigInt), [exact]);
    });
  }

  it('says where it stops being JSON', () => {
    for (const json of ['{"a":1.0,}', '{"a":1,}']) assert.throws(() => parseUntyped(json), JsonTextError);
  });

  it('is exact in nesting that makes a reviver recurse', () => {
    const depth = 200_000;
    let inside = (parseUntyped(`{"n":1.0,"deep":${'['.repeat(depth)}1795221079000000001${']'.repeat(depth)}}`) as { deep: unknown }).deep;
    while (Array.isArray(inside)) inside = inside[0] as unknown;
    assert.equal(inside, 1_795_221_079_000_000_001n);
  });

  it('keeps keys of all kinds, and text that looks like what it does inside', () => {
    const json = '{"__proto__":1795221079000000001,"7":[2.0],"\u007f0.5:1":"\u007f0.5:1795221079000000001","n":1795221079000000002,"":1.0}';
    const parsed = parseUntyped(json) as Readonly<Record<string, unknown>>;
    assert.deepEqual(Object.entries(parsed), [['7', [2]], ['__proto__', 1_795_221_079_000_000_001n], ['\u007f0.5:1', '\u007f0.5:1795221079000000001'], ['n', 1_795_221_079_000_000_002n], ['', 1]]);
    assert.equal(Object.getPrototypeOf(parsed), Object.prototype);
    assert.deepEqual([isWrittenDouble(parsed, ''), isWrittenDouble(parsed['7'] as object, '0')], [true, true]);
    assert.equal(parseUntyped('1795221079000000001'), 1_795_221_079_000_000_000, 'a bare number is no document');
  });

  it('is a reviver, on text of all kinds', () => {
    const random = seededRandom(12);
    const pieces = ['"', '\\', ':', ',', '[', ']', '{', '}', ' ', '1795221079000000001', '-9223372036854775808', '12', '"a"', '1.5', '1.0', '-2e3', '1e400', '5e-1', 'e3', '\n', '0', '\u007f'];
    const doubles = new WeakMap<object, string[]>();
    function revive(this: object, key: string, value: unknown, context?: { readonly source?: string }): unknown {
      if (typeof value !== 'number' || context?.source === undefined) return value;
      const isInteger = /^-?\d+$/.test(context.source);
      if (!isInteger && !/e-/.test(context.source) && Number.isSafeInteger(value)) doubles.set(this, [...(doubles.get(this) ?? []), key]);
      return isInteger && !Number.isSafeInteger(value) ? BigInt(context.source) : value;
    }
    const both = (read: () => unknown): unknown => {
      try {
        return read();
      } catch (error) {
        return error instanceof SyntaxError || error instanceof JsonTextError ? 'no JSON' : error;
      }
    };
    let told = 0;
    for (let k = 0; k < 40_000; k++) {
      const middle = Array.from({ length: 1 + Math.floor(random() * 7) }, () => pieces[Math.floor(random() * pieces.length)]!).join('');
      const json = k % 2 === 0 ? `{"a":[${middle}],"b":"x"}` : `{"a":["${middle}", 1.0],"b":[1795221079000000001]}`;
      const expected = both(() => JSON.parse(json, revive));
      const read = both(() => parseUntyped(json));
      assert.deepEqual(read, expected, json);
      if (expected === 'no JSON') continue;
      for (const key of ['a', 'b']) {
        const [given, wanted] = [(read as Record<string, object>)[key]!, (expected as Record<string, object>)[key]!];
        for (const at of Object.keys(Object(given))) {
          const is = doubles.get(wanted)?.includes(at) === true;
          if (is) told++;
          assert.equal(isWrittenDouble(given, at), is, `${json} ${key} ${at}`);
        }
      }
    }
    assert.ok(told > 2_000, `${told} doubles`);
  });

  for (const [what, more] of [['', ''], [', with JSON in strings', '{\\"id\\": 1795221079000000001, \\"d\\": 1.0}']] as const) {
    it(`costs less than a reviver that does nothing${what}`, () => {
      const one = `{"_id":"x","_source":{${Array.from({ length: 40 }, (_, k) => `"key${k}":"value ${k}"`).join()},"body":"${more}","n":1.0,"nanos":1795221079000000001},"sort":[1795221079000000001]}`;
      const json = `{"hits":[${Array.from({ length: 2_000 }, () => one).join()}]}`;
      const cost = (read: () => unknown): number => Math.min(...Array.from({ length: 5 }, () => {
        const started = cpuMs();
        read();
        return cpuMs() - started;
      }));
      const [ours, reviver] = [cost(() => parseUntyped(json)), cost(() => JSON.parse(json, (_key, value: unknown) => value))];
      assert.ok(ours < reviver, `${ours.toFixed(0)} ms, a reviver that does nothing ${reviver.toFixed(0)} ms`);
    });
  }

  for (const [what, json] of [['backslashes', `{"n":1.0,"a":"${'\\'.repeat(2_000_000)}`], ['quotes', `{"a":[1.0,${'"'.repeat(2_000_000)}`], ['escaped quotes', `{"n":1.0,"a":"${'\\"'.repeat(2_000_000)}`], ['commas', `[1.0${',     '.repeat(400_000)}`], ['digits', `[1.0,${'1'.repeat(2_000_000)}`]] as const) {
    it(`${what} without end cost no more than their size`, () => {
      const started = cpuMs();
      assert.throws(() => parseUntyped(json), JsonTextError);
      assert.ok(cpuMs() - started < 5_000);
    });
  }
});

describe('parseJson', () => {
  it('keeps large integers exact, as text, and leaves everything else as it is', () => {
    assert.deepEqual(parseJson('{"a":1795221079000000001,"b":[-9223372036854775808, 12],"c":0.1234567890123456789,"d":1e30,"e":"1795221079000000001"}'), {
      a: '1795221079000000001',
      b: ['-9223372036854775808', 12],
      c: 0.123_456_789_012_345_68,
      d: 1e30,
      e: '1795221079000000001',
    });
    assert.deepEqual(parseJson('[9007199254740991]'), [9_007_199_254_740_991]);
  });

  it('tells values from what looks like them in strings, keys and faults', () => {
    for (const [json, value] of [
      ['{"a":"x: 1795221079000000001","b":1795221079000000001}', { a: 'x: 1795221079000000001', b: '1795221079000000001' }],
      ['{"a":"[1795221079000000001, 1795221079000000002]","b":[1795221079000000001 ,1795221079000000002\n]}', { a: '[1795221079000000001, 1795221079000000002]', b: ['1795221079000000001', '1795221079000000002'] }],
      ['[17952210790000000.5,1795221079000000001e2,9007199254740991]', [Number('17952210790000000.5'), Number('1795221079000000001e2'), 9_007_199_254_740_991]],
    ] as const) assert.deepEqual(parseJson(json), value, json);
    for (const json of ['{"a":1,1795221079000000001:2}', '{"a":1,1795221079000000001 :2}', '[01795221079000000001]', '{"a":1795221079000000001 1}', '[1795221079000000001', '{1795221079000000001}']) assert.throws(() => parseJson(json), JsonTextError, json);
  });

  it('is the reviver, on text of all kinds', () => {
    const random = seededRandom(11);
    const pieces = ['"', '\\', ':', ',', '[', ']', '{', '}', ' ', '1795221079000000001', '-9223372036854775808', '12', '"a"', '1.5', 'e3', '\n', '0'];
    const both = (read: () => unknown): unknown => {
      try {
        return read();
      } catch (error) {
        return error instanceof SyntaxError || error instanceof JsonTextError ? 'no JSON' : error;
      }
    };
    const slow = (json: string): unknown => JSON.parse(json, (_key, value: unknown, context?: { readonly source?: string }) => (typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '') ? context!.source : value)) as unknown;
    let read = 0;
    for (let k = 0; k < 40_000; k++) {
      const middle = Array.from({ length: 1 + Math.floor(random() * 7) }, () => pieces[Math.floor(random() * pieces.length)]!).join('');
      const json = k % 2 === 0 ? `{"a":[${middle}],"b":"x"}` : `{"a":"${middle}","b":[1795221079000000001]}`;
      const expected = both(() => slow(json));
      if (expected !== 'no JSON') read++;
      assert.deepEqual(both(() => parseJson(json)), expected, json);
    }
    assert.ok(read > 2_000, `${read} were JSON`);
  });

  it('reads a document nested deeply', () => {
    const depth = 200_000;
    let inside = parseJson(`${'['.repeat(depth)}"x: 1795221079000000001",1795221079000000001${']'.repeat(depth)}`);
    while (Array.isArray(inside)) inside = inside.at(-1) as unknown;
    assert.equal(inside, '1795221079000000001');
  });

  const faults: readonly (readonly [json: string, offset: number, line: number, column: number, expected: RegExp])[] = [
    ['', 0, 1, 1, /a value was expected, but the text ends/],
    ['{"a":1,}', 7, 1, 8, /a name in double quotes/],
    ['{\n "a": 1\n "b": 2}', 11, 3, 2, /"," or "}"/],
    ['[1,2', 4, 1, 5, /"," or "]"/],
    ['[1 2]', 3, 1, 4, /"," or "]"/],
    ['{"a" 1}', 5, 1, 6, /":"/],
    ["{'a':1}", 1, 1, 2, /a name in double quotes/],
    ['[01]', 2, 1, 3, /"," or "]"/],
    ['[.5]', 1, 1, 2, /a value/],
    ['[NaN]', 1, 1, 2, /a value/],
    ['["a\nb"]', 1, 1, 2, /a string that ends/],
    ['["\\x"]', 1, 1, 2, /a string that ends/],
    ['["abc', 5, 1, 6, /a closing quote was expected, but the text ends/],
    ['{"abc', 5, 1, 6, /a closing quote was expected, but the text ends/],
    ['{} {}', 3, 1, 4, /the end of the text/],
    ['nul', 0, 1, 1, /a value/],
    ['[1]]', 3, 1, 4, /the end of the text/],
    ['{"a":[{"b":tru}]}', 11, 1, 12, /a value/],
  ];
  for (const [json, offset, line, column, expected] of faults) {
    it(`says where ${JSON.stringify(json)} stops being JSON`, () => {
      assert.throws(
        () => parseJson(json),
        (error: unknown) => error instanceof JsonTextError && error.offset === offset && error.line === line && error.column === column && expected.test(error.message),
      );
    });
  }

  it('finds a place in everything that JSON.parse refuses, also in long and deep texts', () => {
    const random = seededRandom(7);
    const base = JSON.stringify({ resourceSpans: [{ a: [1, -2.5e3, 'x\\"y', null, true, { b: {} }], c: [[], {}] }] });
    for (let k = 0; k < 3000; k++) {
      const at = Math.floor(random() * base.length);
      const broken = base.slice(0, at) + String.fromCharCode(32 + Math.floor(random() * 95)) + base.slice(at + Math.floor(random() * 3));
      let refused = false;
      try {
        JSON.parse(broken);
      } catch {
        refused = true;
      }
      if (!refused) continue;
      const fault = jsonFault(broken);
      assert.ok(fault.offset >= 0 && fault.offset <= broken.length, broken);
    }
    assert.equal(jsonFault(`${'['.repeat(300_000)}x`).offset, 300_000);
    assert.equal(jsonFault(`["${'é'.repeat(3_000_000)}"`).offset, 3_000_003);
  });
});

describe('jsonPieces', () => {
  const cases: readonly (readonly [what: string, content: string, pieces: readonly (readonly [content: string, line: number, state: string])[]])[] = [
    ['nothing', ' \n\t', []],
    ['one document', '{"a":1}', [['{"a":1}', 1, 'whole']]],
    ['one a line', '{"a":1}\r\n\n{"a":2}\n', [['{"a":1}', 1, 'whole'], ['{"a":2}', 3, 'whole']]],
    ['side by side', '{"a":1}[2] {}', [['{"a":1}', 1, 'whole'], ['[2]', 1, 'whole'], ['{}', 1, 'whole']]],
    ['record separators', '\u001e{"a":1}\n\u001e{"a":2}\n', [['{"a":1}', 1, 'whole'], ['{"a":2}', 2, 'whole']]],
    ['files put together, each with its byte order mark', '{"a":1}\n\ufeff{"a":2}\ufeff[3]\n\ufeff', [['{"a":1}', 1, 'whole'], ['{"a":2}', 2, 'whole'], ['[3]', 2, 'whole']]],
    ['a marked one behind a broken one', '{"a":x}}\n\ufeff{"a":2}', [['{"a":x}', 1, 'whole'], ['}\n', 1, 'broken'], ['{"a":2}', 2, 'whole']]],
    ['pretty ones', '{\n "a": [\n1,\n2]\n}\n{\n"b": "}{"\n}', [['{\n "a": [\n1,\n2]\n}', 1, 'whole'], ['{\n"b": "}{"\n}', 6, 'whole']]],
    ['a list at the left edge', '[\n{"a":1},\n{"a":2}\n]', [['[\n{"a":1},\n{"a":2}\n]', 1, 'whole']]],
    ['quotes and backslashes', '{"a\\"}":"\\\\"}{}', [['{"a\\"}":"\\\\"}', 1, 'whole'], ['{}', 1, 'whole']]],
    ['a line cut off in a string', '{"a":"b\n{"c":1}', [['{"a":"b\n', 1, 'broken'], ['{"c":1}', 2, 'whole']]],
    ['a line cut off behind a value', '{"a":[1\n{"c":1}', [['{"a":[1\n', 1, 'broken'], ['{"c":1}', 2, 'whole']]],
    ['a line cut off behind a comma', '{"a":[1,\n{"c":1}\n{"d":1}', [['{"a":[1,\n', 1, 'broken'], ['{"c":1}', 2, 'whole'], ['{"d":1}', 3, 'whole']]],
    ['the last one cut off', '{"a":1}\n{"b":[', [['{"a":1}', 1, 'whole'], ['{"b":[', 2, 'cut']]],
    ['cut off in a string', '{"b":"\\', [['{"b":"\\', 1, 'cut']]],
    ['other text before, between and behind', 'Starting…\n{"a":1} ok\n{"b":1}\nbye', [['Starting…\n', 1, 'broken'], ['{"a":1}', 2, 'whole'], ['ok\n', 2, 'broken'], ['{"b":1}', 3, 'whole'], ['bye', 4, 'broken']]],
    ['one bracket too many', '{"a":1}}\n{"b":1}', [['{"a":1}', 1, 'whole'], ['}\n', 1, 'broken'], ['{"b":1}', 2, 'whole']]],
  ];
  for (const [what, content, expected] of cases) {
    it(`cuts ${what}`, () => {
      const bytes = bytesOf(content);
      assert.deepEqual(
        Array.from(jsonPieces(bytes), ({ start, end, line, state }) => [textOf(bytes.subarray(start, end)), line, state]),
        expected,
      );
    });
  }

  for (const [what, content] of [
    ['openings', '[\n{"a":'.repeat(40_000)],
    ['openings at line starts', '{"a":[\n'.repeat(40_000)],
    ['tiny documents', '{}'.repeat(200_000)],
    ['closings', ']}'.repeat(200_000)],
    ['quotes', '"\n'.repeat(100_000)],
  ] as const) {
    it(`costs no more than its size: ${what}`, () => {
      const started = cpuMs();
      let last = 0;
      for (const piece of jsonPieces(bytesOf(content))) {
        assert.ok(piece.start >= last && piece.end > piece.start);
        last = piece.end;
      }
      assert.ok(cpuMs() - started < 4000);
    });
  }

  it('counts lines', () => {
    assert.equal(newlines(bytesOf('a\nb\n\n'), 0, 5), 3);
    assert.equal(newlines(bytesOf('a\nb\n\n'), 2, 4), 1);
  });
});

describe('splitLargeDocument', () => {
  const elements = Array.from({ length: 9 }, (_, k) => ({ k, text: `"]}${'x'.repeat(k)}\\` }));
  for (const [what, document, listOf] of [
    ['an object', { version: 1, resourceSpans: elements }, (d: unknown) => (d as { resourceSpans: unknown[] }).resourceSpans],
    ['a wrapped one', { trace: { batches: elements } }, (d: unknown) => (d as { trace: { batches: unknown[] } }).trace.batches],
    ['a list', elements, (d: unknown) => d as unknown[]],
  ] as const) {
    it(`deals out the elements of ${what}`, () => {
      for (const indent of [undefined, 2]) {
        const bytes = bytesOf(JSON.stringify(document, undefined, indent));
        const parts = [...splitLargeDocument(bytes, 150)];
        assert.ok(parts.length > 1);
        for (const part of parts) assert.ok(part !== undefined && part.length <= 150);
        assert.deepEqual(parts.flatMap((part) => listOf(JSON.parse(textOf(part!)))), elements);
      }
    });
  }

  it('answers undefined for what cannot be made small enough', () => {
    const parts = [...splitLargeDocument(bytesOf(JSON.stringify({ resourceSpans: [{ a: 1 }, { b: 'x'.repeat(300) }, { c: 1 }] })), 100)];
    assert.deepEqual(parts.map((part) => (part === undefined ? 'too large' : textOf(part))), ['{"resourceSpans":[{"a":1}]}', 'too large', '{"resourceSpans":[{"c":1}]}']);
    assert.deepEqual([...splitLargeDocument(bytesOf('{"a":{"b":{"c":1}}}'), 5)], [undefined]);
    assert.deepEqual([...splitLargeDocument(bytesOf('{"a":1}'), 5)], [undefined]);
  });
});

describe('jsonFields', () => {
  const exactness = { rounded: false };
  it('reads integers of every kind', () => {
    assert.equal(integer('12', exactness), 12n);
    assert.equal(integer(-3, exactness), -3n);
    for (const odd of ['', '1.5', '0x1', ' 1', 1.5, Number.NaN, Infinity, null, undefined, {}, true, '9'.repeat(40)]) assert.equal(integer(odd, exactness), undefined);
    assert.equal(exactness.rounded, false);
    integer(2 ** 60, exactness);
    assert.equal(exactness.rounded, true);
    assert.equal(int64(`${1n << 63n}`, exactness), undefined);
    assert.equal(int64(`-${1n << 63n}`, exactness), -(1n << 63n));
    assert.equal(uint64('-1', exactness), undefined);
    assert.equal(uint64(`${(1n << 64n) - 1n}`, exactness), (1n << 64n) - 1n);
    assert.equal(uint64(`${1n << 64n}`, exactness), undefined);
  });

  it('reads as many digits as there are', () => {
    const random = seededRandom(11);
    for (let k = 0; k < 2000; k++) {
      const digits = Array.from({ length: 1 + (k % 26) }, () => String(Math.floor(random() * 10))).join('');
      assert.equal(integer(digits, { rounded: false }), digits.length <= 25 ? BigInt(digits) : undefined, digits);
      const at = Math.floor(random() * digits.length);
      assert.equal(integer(`${digits.slice(0, at)}:${digits.slice(at + 1)}`, { rounded: false }), undefined);
    }
  });

  it('reads microseconds, counts, texts and ids', () => {
    assert.deepEqual([1, '2', 1.5, 0, -1, 1e300, `${1n << 64n}`].map((value) => microseconds(value, exactness)), [1000n, 2000n, 1500n, 0n, undefined, undefined, undefined]);
    assert.deepEqual([3, '3', -1, 1.9, 2 ** 40, 'x', null].map(count), [3, 3, 0, 1, 0, 0, 0]);
    assert.deepEqual(['a', 1, true, null, {}, undefined].map(text), ['a', '1', 'true', '', '', '']);
    assert.deepEqual(['A1', 'a1b2c3d4e5f60001', 'obLDxOX2AAE=', '', null, '0', 'xyz', 5, 'a1b2c3d4e5f600012', 'AAAAAAAAAAA='].map((id) => idHex(id, 8)), ['00000000000000a1', 'a1b2c3d4e5f60001', 'a1b2c3c4e5f60001', '', '', '', undefined, undefined, undefined, '']);
  });
});
