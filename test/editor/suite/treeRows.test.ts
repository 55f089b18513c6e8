// The tree as the editor asks for it. While all of it is drawn again the editor knows no rows, and a click of that moment is told to nobody:
// only the children of what was opened are asked for.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionBook } from '../../../src/host/connections/connectionBook.ts';
import { SecretKeeper } from '../../../src/host/connections/secretKeeper.ts';
import { WorkspaceConsent } from '../../../src/host/connections/workspaceConsent.ts';
import { Signal } from '../../../src/host/disposables.ts';
import type { EngineClient } from '../../../src/host/engineClient.ts';
import { TraceTree } from '../../../src/host/traceTree.ts';
import type { ListQuery } from '../../../src/protocol/messages.ts';
import { eventually } from './world.ts';

function engineOf(asked: ListQuery[]): EngineClient {
  const call = async (_method: 'list', query: ListQuery) => {
    asked.push(query);
    return { traces: [], notes: [] };
  };
  const signals = { onTracesChanged: new Signal(), onCollectorState: new Signal(), onStatus: new Signal() };
  return { ...signals, status: { kind: 'running' }, collector: { role: 'off', traces: 0, bytes: 0 }, call } as unknown as EngineClient;
}

function bookOf(connections: readonly object[]): ConnectionBook {
  const memento = { keys: () => [], get: () => undefined, update: async () => undefined };
  const secrets = { get: async () => undefined, store: async () => undefined, delete: async () => undefined };
  return new ConnectionBook({
    settings: () => ({ user: connections, workspace: undefined, trusted: true }),
    secrets: new SecretKeeper(secrets),
    consent: new WorkspaceConsent(memento as unknown as ConstructorParameters<typeof WorkspaceConsent>[0]),
    network: () => ({ noProxy: [], proxyStrictSSL: true, systemCertificates: true }),
    log: assert.fail,
  });
}

describe('the rows of the traces view', () => {
  const asked: ListQuery[] = [];
  let tree: TraceTree;
  before(() => {
    const connections = bookOf([{ id: 'team', kind: 'zipkin', name: 'Team', url: 'http://127.0.0.1:9411' }]);
    tree = new TraceTree({ engine: engineOf(asked), connections, settings: () => ({ slow: { minSamples: 20, percentile: 90, factor: 1.5 } }), onFirstShown: () => undefined, onLoaded: () => undefined, log: assert.fail });
  });
  after(() => tree.dispose());
  const groups = (): string[] => asked.map(({ group }) => group);

  it('of a connection that nobody opened are not asked for', async () => {
    assert.deepEqual(tree.getChildren().map((node) => node.connection), ['collector', 'team']);
    await sleep(100);
    assert.deepEqual(asked, []);
  });

  it('of one whose opening was told to nobody are loaded, once', async () => {
    const [, team] = tree.getChildren();
    assert.ok(tree.getChildren(team).length > 0);
    tree.getChildren(team);
    await eventually('its lists', groups, (names) => names.includes('recent'));
    await sleep(100);
    // What it costs is not known here, so that only the latest are asked for.
    assert.deepEqual(groups(), ['pinned', 'recent']);
  });

  it('of a group whose opening was told to nobody are loaded, once', async () => {
    asked.length = 0;
    const [, team] = tree.getChildren();
    const slow = tree.getChildren(team).find((node) => node.kind === 'group' && node.group === 'slow');
    tree.getChildren(slow);
    tree.getChildren(slow);
    await eventually('its list', groups, (names) => names.length > 0);
    await sleep(100);
    assert.deepEqual(groups(), ['slow']);
  });
});
