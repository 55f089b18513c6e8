// What only Phoenix has: how it is found out, and its projects. What every system must do is contract.live.ts.
import assert from 'node:assert/strict';
import { phoenix } from '../../src/engine/backends/phoenix.ts';
import { connectTo, type LiveConnection } from './connection.ts';
import { deadline, describeLive } from './live.ts';

describeLive('phoenix', (server) => {
  let connection: LiveConnection;
  before(async () => {
    connection = connectTo(phoenix, server.url!);
  });
  after(() => connection.close());

  it('is found out by what it answers', async () => {
    assert.deepEqual(await phoenix.detect!(connection.client, deadline()), { is: true, says: '/v1/projects lists projects.', version: server.version });
    assert.deepEqual((await connection.source.probe(deadline())).choices, { project: ['default'] });
  });

  it('says what it does not have', async () => {
    const other = connectTo(phoenix, server.url!, { project: 'nosuch' });
    assert.match((await other.backend.search({ group: 'recent', sort: 'newest', limit: 5 }, deadline())).notes.join(), /has no project "nosuch"/);
    await other.close();
  });
});
