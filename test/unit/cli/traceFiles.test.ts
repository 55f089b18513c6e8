// Files named on the command line: each is named in what is said of it, whatever it is called, and a bad one costs no neighbour.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError, type CliIo } from '../../../src/cli/cliIo.ts';
import { tableText } from '../../../src/cli/table.ts';
import { readTraceFiles } from '../../../src/cli/traceFiles.ts';
import { simpleTrace } from '../../support/storeFixture.ts';

describe('cli/traceFiles', () => {
  let folder: string;
  const warned: string[] = [];
  const io = (stdin: Uint8Array = new Uint8Array(0)): CliIo => {
    warned.length = 0;
    return { write: () => undefined, warn: (sentence) => void warned.push(sentence), readStdin: () => Promise.resolve(stdin), path: (given) => join(folder, given), columns: 80, tableColumns: 80, colour: false };
  };
  const spans = async (files: readonly string[], stdin?: Uint8Array): Promise<number> => (await readTraceFiles(files, io(stdin))).reduce((sum, batch) => sum + batch.count, 0);
  const failure = async (files: readonly string[], stdin?: Uint8Array): Promise<string> => {
    try {
      await readTraceFiles(files, io(stdin));
    } catch (error) {
      assert.ok(error instanceof CliError && error.exitCode === 2, String(error));
      return error.message;
    }
    throw new Error('It was readable.');
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracefall-files-'));
    await mkdir(join(folder, 'folder'));
    const cut = '{"resourceSpans":[]}\n{"resourceSpans":[';
    for (const [name, content] of [['good.pb', simpleTrace({ id: 1, spans: 3 })], ['more.pb', simpleTrace({ id: 2, spans: 2 })], ['bad.bin', Uint8Array.of(1, 2, 3)], ['a', cut], ['1', cut], ['line', cut], ['cut.json', cut], ['e', Uint8Array.of(1, 2, 3)], ['evil\u001b[31m\u202e.json', cut], ['empty', '']] as const) await writeFile(join(folder, name), content);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('reads them all, in order, without a word', async () => {
    assert.equal(await spans(['good.pb', 'more.pb']), 5);
    assert.deepEqual(warned, []);
  });

  it('- is standard input', async () => {
    assert.equal(await spans(['-', 'good.pb'], simpleTrace({ id: 9 })), 4);
    assert.match(await failure(['-'], Uint8Array.of(1, 2, 3)), /^standard input: /);
  });

  for (const name of ['cut.json', 'a', '1', 'line']) {
    it(`a warning about the file ${name} begins with its name, once`, async () => {
      await spans([name]);
      assert.equal(warned.length, 1);
      assert.ok(warned[0]!.startsWith(`${name}: `), warned[0]);
      assert.ok(!warned[0]!.startsWith(`${name}: ${name}: `));
    });
  }

  const failures: readonly (readonly [string, string, RegExp])[] = [
    ['no such file', 'nowhere.json', /^nowhere\.json: there is no such file\.$/],
    ['a folder', 'folder', /^folder: it is a folder; name the trace files in it\.$/],
    ['no traces', 'bad.bin', /^bad\.bin: not a trace file: it begins with the bytes 01 02 03/],
    ['no traces, by a short name', 'e', /^e: not a trace file/],
    ['nothing in it', 'empty', /^empty: it is empty; OTLP/],
    ['a name that cannot be', 'a\0b', /could not be read \(ERR_INVALID_ARG_VALUE\)/],
  ];
  for (const [what, name, sentence] of failures) {
    it(`${what}: one sentence alone, a warning beside others`, async () => {
      assert.match(await failure([name]), sentence);
      assert.equal(await spans([name, 'good.pb']), 3);
      assert.equal(warned.length, 1);
      assert.match(warned[0]!, sentence);
    });
  }

  it('when none can be read each is named, on a line of its own', async () => {
    const message = await failure(['nowhere.json', 'bad.bin']);
    assert.deepEqual(message.split('\n').map((line) => /nowhere\.json|bad\.bin/.exec(line)?.[0]), ['nowhere.json', 'bad.bin']);
    assert.deepEqual(warned, []);
  });

  it('a file’s name cannot write to the terminal', async () => {
    await spans(['evil\u001b[31m\u202e.json']);
    assert.equal(warned.length, 1);
    assert.doesNotMatch(warned[0]!, /[\u001b\u202e]/);
    assert.match(warned[0]!, /^evil\\x1b\[31m\\u202e\.json: /);
  });

  it('what is neither a bad file nor the system’s fault is thrown on', async () => {
    await assert.rejects(readTraceFiles(['-'], { ...io(), readStdin: () => Promise.reject(new TypeError('a bug')) }), TypeError);
  });
});

describe('cli/table', () => {
  const text = (columns: Parameters<typeof tableText>[0], rows: readonly (readonly string[])[]): string[] => tableText(columns, rows).text.split('\n').slice(0, -1);

  it('without rows is its head', () => assert.deepEqual(text([{ title: 'A', align: 'left' }, { title: 'BB', align: 'right' }], []), ['A  BB']));
  it('cells that are missing are empty, and nothing trails', () => {
    assert.deepEqual(text([{ title: 'A', align: 'left' }, { title: 'B', align: 'right' }, { title: 'C', align: 'left' }], [['x'], ['', '7'], ['x', '', 'z']]), ['A  B  C', 'x', '   7', 'x     z']);
  });
  it('is as wide as its widest cell, but no wider than told, and never narrower than its title', () => {
    const rows = [['abcdefgh', 'abcdefgh', 'abcdefgh']];
    assert.deepEqual(text([{ title: 'T', align: 'left' }, { title: 'T', align: 'left', most: 4 }, { title: 'TITLE', align: 'left', most: 2 }], rows), ['T         T     TITLE', 'abcdefgh  abc…  abcd…']);
  });
  it('numbers stand right, also where the title is the widest', () => {
    assert.deepEqual(text([{ title: 'SPANS', align: 'right' }, { title: 'N', align: 'right' }], [['7', '1000'], ['12', '5']]), ['SPANS     N', '    7  1000', '   12     5']);
  });
  it('counts columns as a terminal does', () => {
    const lines = text([{ title: 'A', align: 'left' }, { title: 'B', align: 'left' }], [['検索', 'x'], ['e\u0301', 'y'], ['🐢', 'z'], ['abcd', 'w']]);
    assert.deepEqual(lines, ['A     B', '検索  x', 'e\u0301     y', '🐢    z', 'abcd  w']);
  });
});
