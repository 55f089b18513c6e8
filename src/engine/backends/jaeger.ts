// Jaeger, v1 and v2 (backends.md §1): what the wizard asks, how it is recognised, and its source. How it lists and reads is jaeger/.
import { isObject } from '../../formats/jsonFields.ts';
import type { HttpClient } from '../network/httpClient.ts';
import { JaegerApi } from './jaeger/api.ts';
import { JaegerSource } from './jaeger/source.ts';
import type { BackendKind, Detection, Recognised } from './source.ts';

export const jaeger: BackendKind = {
  kind: 'jaeger',
  label: 'Jaeger',
  needsUrl: true,
  localUrls: ['http://localhost:16686'],
  fields: [
    { key: 'services', label: 'Services', help: 'Searched where Jaeger cannot search without a service: up to ten names, separated by commas. Empty: the first ten.', required: false, listed: true, placeholder: 'checkout, payment' },
    { key: 'tenant', label: 'Tenant', help: 'Where Jaeger keeps several tenants apart: whose traces to read.', required: false },
    { key: 'tenantHeader', label: 'Tenant header', help: 'The header that names the tenant, if it is not x-tenant.', required: false, placeholder: 'x-tenant' },
  ],
  auth: ['none', 'bearer', 'basic', 'headers', 'clientCertificate', 'headersCommand'],
  metered: false,
  dependencies: true,
  recognise,
  pages: /\/(?:search|trace|compare|dependencies|monitor|quality-metrics|api\/(?:v3\/)?(?:traces|services|operations|dependencies|metrics))(?:\/.*)?$/,
  detect,
  source: (context) => new JaegerSource(context),
};

/** Links of its UI: /trace/ID, and a search. */
function recognise(url: URL): Recognised | undefined {
  // Zipkin's API has a /trace/ID too, and so have pages of Kibana, Datadog and Sentry.
  const trace = /\/(?:api\/v2|apm|performance)\//.test(url.pathname) ? null : /^(.*)\/trace\/([0-9a-f]{1,32})\/?$/i.exec(url.pathname);
  const search = /^(.*)\/search\/?$/.exec(url.pathname);
  const name = `Jaeger at ${url.host}`;
  if (trace !== null) return { name, url: `${url.origin}${trace[1]!}`, traceId: trace[2]! };
  if (search !== null && url.searchParams.has('service') && url.searchParams.has('lookback')) return { name, url: `${url.origin}${search[1]!}` };
  return undefined;
}

async function detect(http: HttpClient, signal: AbortSignal): Promise<Detection> {
  const api = new JaegerApi(http, {});
  const v3 = await api.servicesV3(signal);
  if (typeof v3 === 'object' && Array.isArray(v3.json['services'])) return { is: true, says: '/api/v3/services lists services.' };
  const v1 = await api.servicesV1(signal);
  // Without services it is null in an envelope of Jaeger's own.
  if (typeof v1 === 'object' && 'data' in v1.json && 'errors' in v1.json && !isObject(v1.json['data'])) return { is: true, says: '/api/services lists services.' };
  // Protobuf's JSON of an empty list is {}.
  if (typeof v3 === 'object' && Object.keys(v3.json).length === 0) return { is: true, says: '/api/v3/services answers an empty list.' };
  return { is: false, says: 'neither /api/v3/services nor /api/services lists services.' };
}
