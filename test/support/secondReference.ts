// The second reference trace, made by hand: what the recorded one does not have. Somebody orders by voice; a browser, a gateway, an agent with
// a service name beyond ASCII and a worker behind a queue. Ids with leading zeros, a link to a trace of 64 bits, attributes of every type, 10 kB of
// prompt, two roots, an orphan, a span that has not ended and one that took no time, counts of what was dropped, times to the nanosecond.
import type { Renewal, SentTrace } from '../live/send/reference.ts';
import type { OtlpAttribute, OtlpDocument, OtlpSpan, OtlpValue } from '../live/send/otlpTypes.ts';

const MS = 1_000_000;
const [INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER] = [1, 2, 3, 4, 5];
const [OK, ERROR] = [1, 2];

const int = (value: string): OtlpValue => ({ intValue: value });
const double = (value: number): OtlpValue => ({ doubleValue: value });
const bool = (value: boolean): OtlpValue => ({ boolValue: value });
const text = (value: string): OtlpValue => ({ stringValue: value });
const bytes = (...value: readonly number[]): OtlpValue => ({ bytesValue: Buffer.from(value).toString('base64') });
const array = (...values: readonly OtlpValue[]): OtlpValue => ({ arrayValue: { values } });
const map = (entries: Readonly<Record<string, OtlpValue>>): OtlpValue => ({ kvlistValue: { values: attributes(entries) } });
const attributes = (entries: Readonly<Record<string, OtlpValue>>): OtlpAttribute[] => Object.entries(entries).map(([key, value]) => ({ key, value }));

/** 10 kB, no two parts alike, so that what is cut is seen. */
const PROMPT = `Du bist ein Kellner. ${Array.from({ length: 640 }, (_, k) => `Gericht ${k}: €${k}`).join('; ')}`;
const STACK = 'MenuError: no dish "Überraschung"\n    at lookup (/srv/agent/src/menu.ts:88:13)\n    at async Tool.run (/srv/agent/src/tool.ts:31:5)\n';
/** A trace of a system that has 64 bits for ids. */
const SHORT_TRACE = '000000000000000000f1c2d3e4a5b697';

export interface SecondOptions {
  /** X-Ray wants the start in the first digits; everywhere else the id begins with zeros. */
  readonly idAsGiven?: boolean;
}

export function secondReference(by: Renewal, { idAsGiven = false }: SecondOptions = {}): SentTrace {
  const traceId = idAsGiven ? by.traceId : `000a${by.traceId.slice(4)}`;
  const id = (n: number): string => `00${by.spanPrefix.slice(0, 12)}${n.toString(16).padStart(2, '0')}`;
  const start = by.startUnixNano;
  const at = (ns: number): string => String(start + BigInt(ns));
  const span = (n: number, parent: string | undefined, name: string, kind: number, from: number, to: number | undefined, more: Partial<OtlpSpan> = {}): OtlpSpan => ({
    traceId, spanId: id(n), ...(parent === undefined ? {} : { parentSpanId: parent }), name, kind, startTimeUnixNano: at(from), endTimeUnixNano: to === undefined ? '0' : at(to), ...more,
  });
  const of = (entries: Readonly<Record<string, OtlpValue>>): { readonly attributes: readonly OtlpAttribute[] } => ({ attributes: attributes(entries) });

  const web = [span(1, undefined, 'tap to talk', CLIENT, 0, 4200 * MS + 777, of({ 'url.full': text('https://voice.example/order?q=käse&x=1'), 'session.id': text('s-77') }))];
  const gateway = [span(2, id(1), 'POST /v1/voice', SERVER, 3 * MS + 1, 4190 * MS + 333, {
    traceState: 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', droppedEventsCount: 2,
    ...of({ 'http.request.method': text('POST'), 'http.route': text('/v1/voice'), 'url.path': text('/v1/voice'), 'http.response.status_code': int('200'), 'network.peer.port': int('50123') }),
  })];
  const agent = [
    span(3, id(2), 'invoke_agent order-taker', INTERNAL, 10 * MS, 4100 * MS, {
      status: { code: OK }, ...of({ 'gen_ai.operation.name': text('invoke_agent'), 'gen_ai.agent.name': text('Kellner 服务员 🍜'), 'gen_ai.conversation.id': text('c-901') }),
      events: [{ timeUnixNano: at(12 * MS), name: 'gen_ai.user.message', ...of({ content: text('Einmal die "Überraschung", bitte | ohne {Zwiebel}'), turn: int('1') }) }],
    }),
    span(4, id(3), 'chat gpt-5-mini', CLIENT, 20 * MS, 900 * MS + 1, {
      droppedAttributesCount: 3, ...of({ 'gen_ai.operation.name': text('chat'), 'gen_ai.request.model': text('gpt-5-mini'), 'gen_ai.input.messages': text(PROMPT), 'gen_ai.usage.input_tokens': int('2612'), 'gen_ai.request.temperature': double(1) }),
    }),
    span(5, id(3), 'execute_tool lookup_menu', INTERNAL, 910 * MS, 950 * MS, {
      status: { code: ERROR, message: 'kein Gericht "Überraschung" gefunden' },
      ...of({
        'tool.arguments': map({ dish: text('Überraschung'), count: int('2'), budget: double(12.5), tags: array(text('scharf'), text('')), nested: map({ deeper: map({ yes: bool(true) }) }) }),
        'tool.ids': array(int('1'), int('-2'), int('9007199254740993')), 'tool.scores': array(double(0.5), double(1e-7)), 'tool.flags': array(bool(true), bool(false)), 'tool.matrix': array(array(int('1'), int('2')), array(int('3'))),
        'tool.none': array(), 'tool.offset': int('-9007199254740993'), 'tool.share': double(0.1), 'tool.retried': bool(true), 'tool.note': text(''),
        'tool.said': text('<b>"zwei"</b>\n\tund\\oder 🍕 ‏שלום'), 'error.type': text('MenuError'), 'schlüssel mit blank': text('ja'),
      }),
      events: [
        { timeUnixNano: at(911 * MS), name: 'cache miss' },
        { timeUnixNano: at(949 * MS + 5), name: 'exception', droppedAttributesCount: 1, ...of({ 'exception.type': text('MenuError'), 'exception.message': text('no dish "Überraschung"'), 'exception.stacktrace': text(STACK), 'exception.escaped': bool(true) }) },
      ],
    }),
    span(6, id(3), 'guardrail', 0, 955 * MS, 955 * MS),
    span(7, id(3), 'publish orders', PRODUCER, 960 * MS, 962 * MS, of({ 'messaging.system': text('kafka'), 'messaging.destination.name': text('orders') })),
    span(8, id(3), 'stream audio', CLIENT, 970 * MS, undefined, of({ 'rpc.system': text('grpc') })),
  ];
  const worker = [
    span(9, id(7), 'process orders', CONSUMER, 1900 * MS, 2100 * MS, {
      links: [
        { traceId: SHORT_TRACE, spanId: '00c2d3e4a5b69701', traceState: 'old=1', ...of({ 'link.reason': text('fan-in-77'), 'link.index': int('0') }) },
        { traceId: `ff${by.traceId.slice(2)}`, spanId: '00e1e2e3e4e5e6e7' },
      ],
      ...of({ 'messaging.system': text('kafka'), 'messaging.batch.message_count': int('2') }),
    }),
    span(10, undefined, 'rebalance', INTERNAL, 2150 * MS, 2160 * MS, of({ 'partition.state': bytes(0, 255, 16, 254, 1) })),
    span(11, 'dead00000000beef', 'late callback', SERVER, 2200 * MS, 2300 * MS),
  ];
  const resource = (service: string, more: Readonly<Record<string, OtlpValue>> = {}): { readonly attributes: readonly OtlpAttribute[] } => of({ 'service.name': text(service), ...more });
  const otlp: OtlpDocument = {
    resourceSpans: [
      { resource: resource('voice-web', { 'browser.brands': array(text('Chromium'), text('Not A;Brand')), 'browser.mobile': bool(false), 'device.pixel_ratio': double(2.625) }), scopeSpans: [{ scope: { name: '@acme/browser' }, spans: web }] },
      { resource: resource('voice-gateway', { 'service.version': text('1.0.0-rc.1+b7'), 'process.pid': int('4711') }), scopeSpans: [{ scope: { name: '@acme/edge', version: '2.7.1' }, spans: gateway }] },
      { resource: resource('agent-注文', { 'service.version': text('9') }), scopeSpans: [{ scope: { name: '@acme/kitchen', version: '0.9-beta', attributes: attributes({ 'scope.flavour': text('umami'), 'scope.level': int('31337') }) }, spans: agent }] },
      { resource: resource('order-worker'), scopeSpans: [{ spans: worker }] },
    ],
  };
  return { traceId, startUnixNano: start, endUnixNano: start + BigInt(4200 * MS + 777), otlp };
}
