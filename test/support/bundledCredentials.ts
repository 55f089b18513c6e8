// Run from a bundle by bundledCredentials.test.ts: asks both clouds' libraries for credentials over a transport that only tells.
import { awsAuthorizer } from '../../src/engine/network/awsAuthorizer.ts';
import type { Transport, WireRequest } from '../../src/engine/network/connectionClient.ts';
import { googleAuthorizer } from '../../src/engine/network/googleAuthorizer.ts';

const asked: string[] = [];
/** A token of Google's, and a container's keys in AWS. */
const body = new TextEncoder().encode(JSON.stringify({ access_token: 't', expires_in: 3600, AccessKeyId: 'AKID', SecretAccessKey: 's', Token: 't', Expiration: new Date(Date.now() + 3_600_000).toISOString() }));
const transport: Transport = {
  send: async ({ url }) => {
    asked.push(url.hostname);
    return { status: 200, headers: { 'content-type': 'application/json' }, body, wireBytes: body.length };
  },
  close: async () => undefined,
};
const wire: WireRequest = { method: 'POST', url: new URL('https://xray.eu-central-1.amazonaws.com/Traces'), headers: {}, body: '{}', timeoutMs: 1000, maxBytes: 1000 };
const signal = new AbortController().signal;
const aws = await awsAuthorizer({ id: 'a', kind: 'xray', name: 'a', auth: { type: 'aws' } }, {}, transport).headers(wire, signal);
const google = await googleAuthorizer({ id: 'g', kind: 'cloudTrace', name: 'g', auth: { type: 'google', credentialsFile: process.argv[2]! } }, transport).headers(wire, signal);
console.log(JSON.stringify({ aws: Object.keys(aws), google, asked }));
