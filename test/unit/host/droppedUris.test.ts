// What is dropped: which are files and which folders, in their order, and none spoils another.
import assert from 'node:assert/strict';
import { handleDropped, MAX_DROPPED, uriList } from '../../../src/host/droppedUris.ts';

describe('host/droppedUris', () => {
  for (const [what, text, uris] of [
    ['one', 'file:///a.json', ['file:///a.json']],
    ['lines as RFC 2483 ends them', 'file:///a%20b.json\r\nfile:///c\r\n', ['file:///a%20b.json', 'file:///c']],
    ['comments and empty lines', '# dragged\n\n file:///a \n#file:///b', ['file:///a']],
    ['nothing', '', []],
  ] as const) {
    it(`a list of ${what}`, () => assert.deepEqual(uriList(text), uris));
  }

  /** `d…` is a folder, `x…` is not there, `b…` cannot be opened. */
  async function dropped(...uris: readonly string[]): Promise<readonly string[]> {
    const done: string[] = [];
    await handleDropped(uris, {
      isFolder: async (uri) => {
        if (uri.startsWith('x')) throw new Error(`${uri} cannot be read.`);
        return uri.startsWith('d');
      },
      openFile: async (uri, keep) => {
        await Promise.resolve();
        if (uri.startsWith('b')) throw new Error(`${uri} holds no traces.`);
        done.push(`open ${uri}${keep ? ' in a tab of its own' : ''}`);
      },
      addFolder: async (uri) => void done.push(`add ${uri}`),
      fails: (error) => void done.push((error as Error).message),
    });
    return done;
  }

  it('one file opens as a click does', async () => assert.deepEqual(await dropped('a'), ['open a']));
  it('a folder becomes a connection', async () => assert.deepEqual(await dropped('d'), ['add d']));
  it('several come one after the other, each in a tab of its own; what fails is said and the rest goes on', async () => {
    assert.deepEqual(await dropped('a', 'x', 'd', 'b', 'c'), ['open a in a tab of its own', 'x cannot be read.', 'add d', 'b holds no traces.', 'open c in a tab of its own']);
  });
  it('more than can be looked at are said, not left out silently', async () => {
    const done = await dropped(...Array.from({ length: MAX_DROPPED + 5 }, (_, k) => `f${k}`));
    assert.deepEqual([done.length, done.at(-2), done.at(-1)], [MAX_DROPPED + 1, `open f${MAX_DROPPED - 1} in a tab of its own`, `Only the first ${MAX_DROPPED} of ${MAX_DROPPED + 5} dropped files were opened; drop their folder to list all of them.`]);
  });
});
