// What this machine already has that could be a connection: servers that answer on the ports of their kind, and what the environment
// names (OTEL_*, LANGFUSE_*, AWS, Google). Offers only; nothing is connected to by itself. Must not know the editor.
import type { AuthType, ConnectionConfig, ConnectionKind, ConnectionSecrets, DetectedConnection } from '../../protocol/connections.ts';
import { visibleLine } from '../../analysis/visibleText.ts';
import { afterDetection } from './wizardSteps.ts';
import type { Draft, WizardState } from './wizardState.ts';
import { detected, withAnswered } from './wizardState.ts';

export interface LocalOffer {
  readonly label: string;
  /** How it was found. */
  readonly description: string;
  readonly found?: DetectedConnection;
  /** To be asked what it is. */
  readonly address?: string;
  readonly draft: Draft;
  readonly secrets: ConnectionSecrets;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Ports of local servers: asked at once, told one by one. */
export async function runningSystems(kinds: readonly ConnectionKind[], detect: (address: string, signal: AbortSignal) => Promise<DetectedConnection>, tell: (offer: LocalOffer) => void, signal: AbortSignal): Promise<void> {
  const addresses = [...new Set(kinds.flatMap(({ localUrls }) => localUrls))];
  await Promise.all(
    addresses.map(async (address) => {
      const found = await orNothing(() => detect(address, signal));
      if (found?.found === undefined || signal.aborted) return;
      tell({ label: visibleLine(found.found.name, 80), description: `answers at ${address}`, found, draft: {}, secrets: {} });
    }),
  );
}

/** A port that answers nothing, or nothing we know, is no offer; there is nobody to tell. */
async function orNothing<T>(work: () => Promise<T>): Promise<T | undefined> {
  return work().catch(() => undefined);
}

/** `hasDefaultCredentials`: the file of gcloud's application default credentials is there. */
export function environmentOffers(kinds: readonly ConnectionKind[], env: Environment, hasDefaultCredentials: boolean): LocalOffer[] {
  const offers: LocalOffer[] = [];
  const value = (name: string): string | undefined => (env[name]?.trim() === '' ? undefined : env[name]?.trim());
  for (const name of ['LANGFUSE_BASE_URL', 'LANGFUSE_HOST', 'LANGFUSE_BASEURL']) {
    const address = value(name);
    if (address === undefined || offers.length > 0) continue;
    const [user, secret] = [value('LANGFUSE_PUBLIC_KEY'), value('LANGFUSE_SECRET_KEY')];
    offers.push({ label: `Langfuse at ${visibleLine(address, 80)}`, description: `from ${name}${secret === undefined ? '' : ', with its keys'}`, address, draft: user === undefined ? {} : { auth: { type: 'basic', user } }, secrets: secret === undefined ? {} : { secret } });
  }
  const otlp = value('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ?? value('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (otlp !== undefined && URL.canParse(otlp) && !isOurs(otlp)) offers.push({ label: `Where OpenTelemetry sends to: ${visibleLine(otlp, 80)}`, description: 'from OTEL_EXPORTER_OTLP_ENDPOINT; its query API may be at another port', address: new URL(otlp).origin, draft: {}, secrets: {} });
  const profile = value('AWS_PROFILE');
  const region = value('AWS_REGION') ?? value('AWS_DEFAULT_REGION');
  if (profile !== undefined) offers.push(...ofCloud(kinds, 'aws', `from AWS_PROFILE ${visibleLine(profile, 60)}`, { auth: { type: 'aws', profile }, ...(region === undefined ? {} : { options: { region } }) }));
  const project = value('GOOGLE_CLOUD_PROJECT') ?? value('GCLOUD_PROJECT');
  if (hasDefaultCredentials || value('GOOGLE_APPLICATION_CREDENTIALS') !== undefined) offers.push(...ofCloud(kinds, 'google', 'application default credentials were found', { auth: { type: 'google' }, ...(project === undefined ? {} : { options: { project } }) }));
  return offers;
}

function isOurs(address: string): boolean {
  const { port, hostname } = new URL(address);
  return (port === '4318' || port === '4317') && (hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]');
}

/** The kinds whose usual sign-in it is, with the options they have a field for. */
function ofCloud(kinds: readonly ConnectionKind[], auth: AuthType, description: string, { options = {}, ...draft }: Pick<ConnectionConfig, 'auth' | 'options'>): LocalOffer[] {
  return kinds
    .filter((kind) => kind.auth[0] === auth)
    .map(({ kind, label, fields }) => {
      const own = Object.fromEntries(Object.entries(options).filter(([key]) => fields.some((field) => field.key === key)));
      return { label, description, draft: { ...draft, kind, name: label, ...(Object.keys(own).length === 0 ? {} : { options: own }) }, secrets: {} };
    });
}

/** What was found on this machine, as if it had been answered. */
export function offered(state: WizardState, { found, address, draft, secrets }: LocalOffer): WizardState {
  const filled: WizardState = { ...state, draft: { ...state.draft, ...draft }, secrets };
  const signedIn = draft.auth === undefined ? filled : withAnswered(filled, 'auth', 'auth:user', ...(secrets.secret === undefined ? [] : ['auth:secret']), 'auth:profile', 'auth:roleArn', 'auth:credentialsFile', 'auth:impersonate');
  const named = draft.kind === undefined ? signedIn : withAnswered(signedIn, 'kind', ...Object.keys(draft.options ?? {}).map((key) => `field:${key}`));
  if (found !== undefined) return afterDetection(detected(named, found));
  return address === undefined ? named : { ...named, address };
}
