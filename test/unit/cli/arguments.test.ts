// Arguments: every mistake is one sentence that names the word at fault, and exits with 2.
import assert from 'node:assert/strict';
import { helpOf, parseCommand, wholeNumber } from '../../../src/cli/arguments.ts';
import { callersFolder, CliError } from '../../../src/cli/cliIo.ts';
import { COMMANDS, generalHelp, isCommandName, type CommandName } from '../../../src/cli/commands.ts';
import { DOCUMENT_KINDS } from '../../../src/formats/documentKinds.ts';

function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof CliError);
    assert.equal(error.exitCode, 2);
    assert.match(error.message, /^[^\n]+\.$/, 'one sentence');
    return error.message;
  }
  throw new Error('it was accepted');
}

describe('parseCommand', () => {
  const WRONG: readonly [command: CommandName, argv: readonly string[], says: RegExp][] = [
    ['inspect', [], /FILE is missing/],
    ['inspect', ['a.json', '--jason'], /no option --jason/],
    ['inspect', ['a.json', '-j'], /no option -j/],
    ['inspect', ['a.json', '--json=yes'], /--json takes no value/],
    ['inspect', ['a.json', '--constructor'], /no option --constructor/],
    ['inspect', ['a.json', '--__proto__'], /no option --__proto__/],
    ['serve', ['--port'], /--port needs a value \(N\)/],
    ['serve', ['--port', '--db', 'x'], /--port needs a value/],
    ['list', ['--db', ''], /--db needs a value \(FILE\)/],
    ['list', ['--service='], /--service needs a value/],
    ['serve', ['here'], /"here" is one argument too many/],
    ['show', [], /TRACEID is missing/],
    ['show', ['a', 'b'], /"b" is one argument too many/],
    ['locate', ['--workspace', '.'], /TRACEID or FILE is missing/],
    ['why', ['--json'], /TRACEID is missing/],
  ];
  for (const [command, argv, says] of WRONG) {
    it(`${command} ${argv.join(' ')}`, () => {
      const sentence = failure(() => parseCommand(COMMANDS[command], argv));
      assert.match(sentence, says);
      assert.match(sentence, new RegExp(`^${command}: `));
    });
  }

  it('takes options anywhere, both spellings, and the last of two', () => {
    const args = parseCommand(COMMANDS.list, ['--limit=5', '--json', '--service', 'auth', '--limit', '7']);
    assert.deepEqual([...args.flags], ['json']);
    assert.deepEqual([...args.values], [['limit', '7'], ['service', 'auth']]);
  });

  it('knows - as standard input and -- as the end of options', () => {
    assert.deepEqual(parseCommand(COMMANDS.inspect, ['-', '--json', '--', '--json', '-x']).positionals, ['-', '--json', '-x']);
  });

  it('a value may begin with one dash', () => {
    assert.equal(parseCommand(COMMANDS.list, ['--service', '-odd']).values.get('service'), '-odd');
  });
});

describe('wholeNumber', () => {
  for (const text of ['-1', '1.5', '1e3', '0x10', 'many', '65536', '99999999999999999999']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      const args = parseCommand(COMMANDS.serve, [`--port=${text}`]);
      assert.match(failure(() => wholeNumber(COMMANDS.serve, args, 'port', 0, 65_535)), /--port wants a whole number from 0 to 65535/);
    });
  }
  it('takes what is within bounds, and nothing for nothing', () => {
    assert.equal(wholeNumber(COMMANDS.serve, parseCommand(COMMANDS.serve, ['--port', '0']), 'port', 0, 65_535), 0);
    assert.equal(wholeNumber(COMMANDS.serve, parseCommand(COMMANDS.serve, ['--port=65535']), 'port', 0, 65_535), 65_535);
    assert.equal(wholeNumber(COMMANDS.serve, parseCommand(COMMANDS.serve, []), 'port', 0, 65_535), undefined);
  });
});

describe('help', () => {
  it('inspect names every format it reads', () => {
    for (const { format } of DOCUMENT_KINDS) assert.ok(helpOf(COMMANDS.inspect).includes(format), format);
  });

  it('names every command, and every option of each', () => {
    for (const [name, spec] of Object.entries(COMMANDS)) {
      assert.ok(generalHelp().includes(`  ${name}`));
      for (const option of Object.keys(spec.options)) assert.ok(helpOf(spec).includes(`--${option}`), `${name} --${option}`);
    }
  });
  it('whatever reads from a server says where secrets come from, and what else may be named', () => {
    for (const spec of Object.values(COMMANDS)) {
      if (!('backend' in spec.options)) continue;
      assert.match(helpOf(spec), /TRACEFALL_TOKEN \(bearer\)/, spec.name);
      assert.match(helpOf(spec), /--backend URL .*or a folder or file of traces/, spec.name);
    }
  });
  it('inherited names are no commands', () => {
    assert.equal(isCommandName('toString'), false);
    assert.equal(isCommandName('inspect'), true);
  });
});

describe('callersFolder', () => {
  const CASES: readonly [what: string, cwd: string, initCwd: string | undefined, folder: string][] = [
    ['npm run from elsewhere', '/pkg', '/home/me/traces', '/home/me/traces'],
    ['npm run, with a trailing slash', '/pkg/', '/home/me', '/home/me'],
    ['a script of another project', '/home/me/app', '/home/me', '/home/me/app'],
    ['no npm at all', '/pkg', undefined, '/pkg'],
    ['an empty INIT_CWD', '/pkg', '', '/pkg'],
  ];
  for (const [what, cwd, initCwd, folder] of CASES) it(what, () => assert.equal(callersFolder(cwd, initCwd, '/pkg'), folder));
});
