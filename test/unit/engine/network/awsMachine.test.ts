// Credentials of a container and of an instance, against services that are strict about who asks and how; where a container's token may go.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containerCredentials, instanceCredentials, machineCredentials } from '../../../../src/engine/network/awsMachine.ts';
import { CONTAINER_PATH, CONTAINER_TOKEN, fakeAwsMachine, MACHINE_KEYS, type FakeAwsMachine } from '../../../support/fakes/awsMachine.ts';
import { rewriting, type RewritingTransport } from '../../../support/fakes/rewrite.ts';

const END = Date.now() + 3_600_000;
const GIVEN = { ...MACHINE_KEYS, expiration: new Date(END) };
const RELATIVE = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: CONTAINER_PATH };

describe('engine/network/awsMachine', () => {
  let machine: FakeAwsMachine;
  let transport: RewritingTransport;
  let folder: string;
  const says = (expected: RegExp) => (error: unknown): boolean => {
    assert.ok(error instanceof Error);
    assert.match(error.message, expected);
    assert.ok(!/secret-of-machine|token-of-machine|container-token|6f1c/.test(error.message), error.message);
    return true;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tracefall-machine-'));
    machine = await fakeAwsMachine(END);
    transport = rewriting(Object.fromEntries(['169.254.170.2', '169.254.170.23', '[fd00:ec2::23]', '169.254.169.254', '[fd00:ec2::254]', 'localhost', '[::1]', 'agent.test'].map((host) => [host, machine.url])));
  });
  afterEach(async () => {
    await machine.close();
    await transport.close();
    rmSync(folder, { recursive: true });
  });

  describe('a container', () => {
    it('ECS: the path of the environment at the agent\'s address, no token', async () => {
      machine.token = '';
      assert.deepEqual(await machineCredentials(transport, RELATIVE)(), GIVEN);
      assert.deepEqual(machine.asked, [`GET 169.254.170.2${CONTAINER_PATH}`]);
      assert.deepEqual(transport.sent.map(({ timeoutMs }) => timeoutMs), [1_000]);
    });

    for (const base of ['http://169.254.170.23', 'http://[fd00:ec2::23]', 'http://169.254.170.2', 'http://localhost', 'http://[::1]', 'https://agent.test']) {
      it(`EKS and others: ${base}, with the token of the file as it is now`, async () => {
        const file = join(folder, 'token');
        const provider = containerCredentials(transport, { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${base}${CONTAINER_PATH}`, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'old' });
        writeFileSync(file, 'not yet');
        await assert.rejects(provider(), says(/the container's credentials at .* answered 401/));
        writeFileSync(file, `${CONTAINER_TOKEN}\n`);
        assert.deepEqual(await provider(), GIVEN);
      });
    }

    it('the token of the environment', async () => assert.deepEqual(await containerCredentials(transport, { ...RELATIVE, AWS_CONTAINER_AUTHORIZATION_TOKEN: CONTAINER_TOKEN })(), GIVEN));

    for (const [what, env] of [
      ['http elsewhere', { AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://agent.test${CONTAINER_PATH}` }],
      ['a name that begins like this machine', { AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1.agent.test${CONTAINER_PATH}` }],
      ['the instance\'s own service', { AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://169.254.169.254${CONTAINER_PATH}` }],
      ['a path that is a host', { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '@agent.test/' }],
      ['a path that goes on the host', { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '.agent.test/' }],
      ['no web', { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'file:///etc/passwd' }],
      ['no address', { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'agent' }],
    ] as const) {
      it(`${what}: a token is not sent there`, async () => {
        await assert.rejects(machineCredentials(transport, { ...env, AWS_CONTAINER_AUTHORIZATION_TOKEN: CONTAINER_TOKEN })(), says(/may not be asked/));
        assert.deepEqual(transport.sent, []);
      });
    }

    it('a token with a line in it, and a file that is not there', async () => {
      await assert.rejects(containerCredentials(transport, { ...RELATIVE, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'a\r\nhost: b' })(), says(/no header can carry/));
      await assert.rejects(containerCredentials(transport, { ...RELATIVE, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(folder, 'none') })(), says(/none of the container's credentials cannot be read \(ENOENT\)/));
    });

    it('nobody there, and no container at all', async () => {
      await assert.rejects(containerCredentials(rewriting({}), RELATIVE)(), says(/the container's credentials at 169\.254\.170\.2 do not answer/));
      await assert.rejects(containerCredentials(transport, {})(), says(/names no credentials of a container/));
    });
  });

  describe('an instance', () => {
    it('IMDSv2: a session, the role, its keys', async () => {
      assert.deepEqual(await machineCredentials(transport, {})(), GIVEN);
      assert.deepEqual(machine.asked, ['PUT 169.254.169.254/latest/api/token', 'GET 169.254.169.254/latest/meta-data/iam/security-credentials/', 'GET 169.254.169.254/latest/meta-data/iam/security-credentials/traces-reader']);
      assert.ok(transport.sent.every(({ timeoutMs }) => timeoutMs === 1_000));
    });

    it('over IPv6, and at an address of the environment', async () => {
      await instanceCredentials(transport, { AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: 'IPv6' })();
      await instanceCredentials(transport, { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://localhost:1338/' })();
      assert.deepEqual(machine.asked.filter((asked) => asked.startsWith('PUT')), ['PUT [fd00:ec2::254]/latest/api/token', 'PUT localhost:1338/latest/api/token']);
    });

    it('switched off, or not there: no more than that is said', async () => {
      await assert.rejects(instanceCredentials(transport, { AWS_EC2_METADATA_DISABLED: 'TRUE' })(), says(/^neither the environment, a profile nor this machine has any$/));
      assert.deepEqual(transport.sent, []);
      await assert.rejects(instanceCredentials(rewriting({}), {})(), says(/^neither the environment, a profile nor this machine has any$/));
    });

    it('a role with a strange name is a part of the path', async () => {
      machine.role = '../a b?c';
      assert.deepEqual(await instanceCredentials(transport, {})(), GIVEN);
    });

    it('without a role', async () => {
      machine.role = '';
      await assert.rejects(instanceCredentials(transport, {})(), says(/this instance has no role .* answered 404/));
    });
  });

  for (const [what, change, expected] of [
    ['an error', { status: 500 }, /answered 500|no session token \(500\)/],
    ['no JSON', { keys: 'x' }, /no set of credentials/],
    ['half of it', { keys: { AccessKeyId: 'a', SecretAccessKey: 'secret-of-machine' } }, /no set of credentials/],
    ['no time', { keys: { AccessKeyId: 'a', SecretAccessKey: 's', Token: 't', Expiration: 'soon' } }, /no set of credentials/],
    ['a failure of its own', { keys: { Code: 'AssumeRoleUnauthorizedAccess' } }, /answered "AssumeRoleUnauthorizedAccess"/],
  ] as const) {
    it(`${what} is a sentence, from both`, async () => {
      Object.assign(machine, { token: '', ...change });
      await assert.rejects(containerCredentials(transport, RELATIVE)(), says(expected));
      await assert.rejects(instanceCredentials(transport, {})(), says(expected));
    });
  }
});
