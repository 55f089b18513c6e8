// What Tempo loses of a trace, found with the real one: the first reference trace loses nothing. Shared by recorded answers, the fake and the live suite.
import type { OtlpAttribute, OtlpDocument } from '../../live/send/otlpTypes.ts';
import type { Loss } from '../sameTrace.ts';

const MAX_BYTES = 2048;

/** As Tempo does: bytes, whatever they are in the middle of. */
const cut = (text: string): string => Buffer.from(text).subarray(0, MAX_BYTES).toString();

export const TEMPO_LOSSES: readonly Loss[] = [{
  what: 'Texts of attributes end at 2,048 bytes, unless max_attribute_bytes is set higher.', only: 'second', paths: /\/attribute\//,
  becomes: (value) => `string:${cut(value.replace(/^string:/, ''))}`, absent: (raw, _path, value) => !raw.includes(JSON.stringify(value.slice(-20)).slice(1, -1)),
}];

/** A trace as Tempo takes it in. */
export function asTempoKeeps({ resourceSpans }: OtlpDocument): OtlpDocument {
  const kept = <T extends { readonly attributes?: readonly OtlpAttribute[] }>(owner: T): T => ({ ...owner, ...(owner.attributes === undefined ? {} : { attributes: owner.attributes.map(({ key, value }) => ({ key, value: value.stringValue === undefined ? value : { stringValue: cut(value.stringValue) } })) }) });
  return { resourceSpans: resourceSpans.map((group) => ({ ...group, ...(group.resource === undefined ? {} : { resource: kept(group.resource) }), scopeSpans: group.scopeSpans.map((scope) => ({ ...scope, spans: scope.spans.map((span) => ({ ...kept(span), ...(span.events === undefined ? {} : { events: span.events.map(kept) }), ...(span.links === undefined ? {} : { links: span.links.map(kept) }) })) })) })) };
}
