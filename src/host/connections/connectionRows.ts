// What a connection's row, its tooltip and the summary of all of them say. Pure; the wording is design/README's: sentences a colleague
// would say, nothing where nothing is wrong.
import { ageText } from '../../analysis/clockText.ts';
import { countText, plural } from '../../analysis/numberText.ts';
import type { ConnectionState } from '../../protocol/connections.ts';
import { visibleLine } from '../../analysis/visibleText.ts';
import type { ShownConnection } from './connectionBook.ts';
import { hostOfConnection } from './connectionTarget.ts';

const SEPARATOR = ' · ';
const WHY_MAX = 100;

/** Theme colours that tell connections apart, as their names in the picker. */
export const CONNECTION_COLOURS: readonly { readonly label: string; readonly colour: string }[] = [
  { label: 'Red', colour: 'charts.red' },
  { label: 'Orange', colour: 'charts.orange' },
  { label: 'Yellow', colour: 'charts.yellow' },
  { label: 'Green', colour: 'charts.green' },
  { label: 'Blue', colour: 'charts.blue' },
  { label: 'Purple', colour: 'charts.purple' },
];

/** `jaeger.example:16686 · failing: no answer · 2 min ago`. */
export function connectionRow({ config, kind, state }: ShownConnection, filtered: boolean, nowMs: number): string {
  const where = hostOfConnection(config) ?? kind?.label ?? config.kind;
  const refreshed = state?.lastAnswerMs === undefined ? [] : [ageText(state.lastAnswerMs, nowMs)];
  return [visibleLine(where, 80), ...stateWords(state, nowMs), ...refreshed, ...(filtered ? ['filtered'] : [])].join(SEPARATOR);
}

/** What it waits for comes first: till then its health is an old one. */
function stateWords(state: ConnectionState | undefined, nowMs: number): string[] {
  return state?.waiting === undefined ? healthWords(state) : [waitingWords(state.waiting, nowMs, WHY_MAX)];
}

/** `waiting 42 s: Google's quota …`; what should have gone on by now still waits. */
function waitingWords({ why, untilMs }: NonNullable<ConnectionState['waiting']>, nowMs: number, max: number): string {
  return `waiting ${Math.max(1, Math.ceil((untilMs - nowMs) / 1000))} s: ${visibleLine(why, max)}`;
}

/** Healthy says nothing. */
function healthWords(state: ConnectionState | undefined): string[] {
  if (state?.health === 'slow') return ['slow'];
  if (state?.health !== 'failing') return [];
  return [state.why === undefined ? 'failing' : `failing: ${visibleLine(state.why, WHY_MAX)}`];
}

/** Lines of plain text. */
export function connectionTooltip({ config, kind, state, from }: ShownConnection, nowMs: number): string[] {
  const { url, options } = config;
  const asked = state === undefined || (state.requests === 0 && state.lastAnswerMs === undefined) ? 'Nothing was asked of it yet: expand it to list its traces.' : undefined;
  const why = [...(state?.waiting === undefined ? [] : [`W${waitingWords(state.waiting, nowMs, 500).slice(1)}.`]), ...(state?.why === undefined ? [] : [visibleLine(state.why, 500)])];
  return [
    visibleLine(config.name, 120),
    [kind?.label ?? visibleLine(config.kind, 40), ...(url === undefined ? [] : [visibleLine(url, 200)])].join(SEPARATOR),
    ...Object.entries(options ?? {}).filter(([, value]) => value !== '').map(([key, value]) => `${visibleLine(key, 40)}: ${visibleLine(value, 100)}`),
    ...why,
    ...(asked === undefined ? usage(state!, nowMs) : [asked]),
    ...(kind?.metered === true && config.refreshSeconds === undefined ? ['Every request counts here, so it is not refreshed by itself.'] : []),
    ...(from === 'workspace' ? ['Comes with this workspace.'] : []),
  ];
}

function usage(state: ConnectionState, nowMs: number): string[] {
  const spent = `${plural(state.requests, 'request')}, ${bytesText(state.bytes)} received in this window`;
  return [
    ...(state.lastAnswerMs === undefined ? [] : [`Last answer ${ageText(state.lastAnswerMs, nowMs)}`]),
    spent,
    ...(state.cost === undefined ? [] : [visibleLine(state.cost, 300)]),
  ];
}

export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${countText(bytes)} bytes`;
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(bytes < 1e4 ? 1 : 0)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

export interface ConnectionSummary {
  readonly worst: ConnectionState['health'];
  /** `jaeger-prod: failing`, `3 connections`. */
  readonly text: string;
  /** A line a connection. */
  readonly lines: readonly string[];
}

const BY_HEALTH: readonly ConnectionState['health'][] = ['failing', 'slow', 'healthy', 'unknown'];

/** undefined while nothing was asked of any. */
export function connectionSummary(connections: readonly ShownConnection[], nowMs: number): ConnectionSummary | undefined {
  const asked = connections.filter(({ state }) => state !== undefined && state.health !== 'unknown');
  if (asked.length === 0) return undefined;
  const worst = BY_HEALTH.find((health) => asked.some(({ state }) => state?.health === health)) ?? 'unknown';
  const bad = asked.filter(({ state }) => state?.health === worst);
  const named = bad.length === 1 ? visibleLine(bad[0]!.config.name, 40) : plural(bad.length, 'connection');
  return {
    worst,
    text: worst === 'failing' || worst === 'slow' ? `${named}: ${worst}` : asked.length === 1 ? visibleLine(asked[0]!.config.name, 40) : plural(asked.length, 'connection'),
    lines: asked.map((connection) => `${visibleLine(connection.config.name, 80)}: ${summaryLine(connection, nowMs)}`),
  };
}

function summaryLine({ state }: ShownConnection, nowMs: number): string {
  const health = state?.waiting === undefined && state?.health === 'healthy' ? 'healthy' : stateWords(state, nowMs).join();
  return state?.lastAnswerMs === undefined ? health : `${health}, last answer ${ageText(state.lastAnswerMs, nowMs)}`;
}
