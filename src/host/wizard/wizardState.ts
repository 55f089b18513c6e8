// The wizard's memory: what is known of a connection that is being made or edited. Immutable, so that "Back" is the state before.
// Pure; what is asked next is wizardSteps.ts's.
import type { AuthType, ConnectionAuth, ConnectionConfig, ConnectionField, ConnectionKind, ConnectionSecrets, DetectedConnection, TestedConnection } from '../../protocol/connections.ts';

export type Draft = Partial<ConnectionConfig>;

export interface WizardState {
  readonly kinds: readonly ConnectionKind[];
  readonly draft: Draft;
  readonly secrets: ConnectionSecrets;
  /** Pasted or picked, to be asked what it is. */
  readonly address?: string;
  /** Whose page the address is. */
  readonly traceId?: string;
  /** What was tried at it, a sentence each; undefined: not yet. */
  readonly tried?: readonly string[];
  /** The server said so while it was detected. */
  readonly needsAuth?: boolean;
  /** How one usually signs in there: offered first. */
  readonly usualAuth?: AuthType;
  /** Names of questions that need no more asking. */
  readonly answered: ReadonlySet<string>;
  /** undefined: changed since, or never. */
  readonly tested?: TestedConnection;
  /** What can be picked for listed fields, as the last test said. */
  readonly choices?: TestedConnection['choices'];
  /** It was seen to fail, and is to be saved all the same. */
  readonly anyway?: boolean;
  /** The menu of everything that can be changed; `finish`: left by "Test and save". */
  readonly editing?: boolean;
  readonly finish?: boolean;
}

/** What asks the user, as data: the layer of quick picks draws it and answers with a text. */
export type Question = PickQuestion | TextQuestion;
export interface PickQuestion {
  readonly kind: 'pick';
  readonly name: string;
  readonly title: string;
  readonly placeholder: string;
  /** Sentences above the items, as long as they are. */
  readonly prompt?: string;
  readonly items: readonly PickItem[];
  /** What is typed is an answer too. */
  readonly free?: boolean;
}
export interface PickItem {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  readonly icon?: string;
  /** A heading stands above it. */
  readonly heading?: string;
}
export interface TextQuestion {
  readonly kind: 'text';
  readonly name: string;
  readonly title: string;
  readonly prompt: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly secret: boolean;
  /** What is wrong with it, as a sentence. */
  readonly check: (value: string) => string | undefined;
}
/** What takes time and asks nobody. */
export interface Work {
  readonly kind: 'work';
  readonly name: 'detect' | 'test' | 'save';
  readonly says: string;
}
export type Step = Question | Work;

export function newWizard(kinds: readonly ConnectionKind[]): WizardState {
  return { kinds, draft: {}, secrets: {}, answered: new Set() };
}

/** Nothing is missing: the menu comes first. */
export function editWizard(kinds: readonly ConnectionKind[], config: ConnectionConfig, secrets: ConnectionSecrets): WizardState {
  return { kinds, draft: config, secrets, editing: true, answered: new Set(EVERYTHING) };
}

/** In `answered`: all questions there are, whatever their names. */
const EVERYTHING: readonly string[] = ['*'];

export function isAnswered(state: WizardState, name: string): boolean {
  return state.answered.has(name) || (state.answered.has('*') && !state.answered.has(`!${name}`));
}

export function withAnswered(state: WizardState, ...names: readonly string[]): WizardState {
  const answered = new Set(state.answered);
  for (const name of names) {
    answered.delete(`!${name}`);
    answered.add(name);
  }
  return { ...state, answered };
}

/** To be asked again. */
export function withoutAnswered(state: WizardState, names: readonly string[]): WizardState {
  const answered = new Set(state.answered);
  for (const name of names) {
    answered.delete(name);
    if (answered.has('*')) answered.add(`!${name}`);
  }
  return { ...state, answered };
}

/** Whatever is changed must be tested again. */
export function withDraft(state: WizardState, draft: Draft): WizardState {
  const { tested: _tested, anyway: _anyway, ...rest } = state;
  return { ...rest, draft };
}

export function withSecrets(state: WizardState, secrets: ConnectionSecrets): WizardState {
  return { ...withDraft(state, state.draft), secrets };
}

export function kindOfDraft({ kinds, draft }: WizardState): ConnectionKind | undefined {
  return kinds.find(({ kind }) => kind === draft.kind);
}

export function withOption(state: WizardState, { key }: ConnectionField, value: string): WizardState {
  const { [key]: _before, ...others } = state.draft.options ?? {};
  return withDraft(state, { ...state.draft, options: value === '' ? others : { ...others, [key]: value } });
}

/** Another way of signing in has other fields and other secrets. */
export function withAuthType(state: WizardState, type: AuthType): WizardState {
  if (state.draft.auth?.type === type) return state;
  return withSecrets(withDraft(state, { ...state.draft, auth: { type } }), {});
}

export function withAuth(state: WizardState, change: Partial<ConnectionAuth>): WizardState {
  const merged = { ...(state.draft.auth ?? { type: 'none' }), ...change };
  // Fields that were emptied are not kept as empty texts.
  const auth = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== '' && value !== undefined)) as unknown as ConnectionAuth;
  return withDraft(state, { ...state.draft, auth });
}

/** What detection made of the address: only what it found need not be asked. */
export function detected(state: WizardState, { found, tried, traceId }: DetectedConnection): WizardState {
  const base = { ...state, tried, ...(traceId === undefined ? {} : { traceId }) };
  if (found === undefined) return base;
  const options = found.options ?? {};
  const draft: Draft = {
    ...state.draft,
    kind: found.kind,
    name: state.draft.name ?? found.name,
    ...(found.url === undefined ? {} : { url: found.url }),
    ...(Object.keys(options).length === 0 ? {} : { options: { ...state.draft.options, ...options } }),
  };
  // Without an address in what was found it has its own.
  const answered = ['url', ...Object.keys(options).map((key) => `field:${key}`)];
  return withAnswered({ ...withDraft(base, draft), ...signInOf(found) }, 'kind', ...answered);
}

/** What is usually signed in to wants it. */
function signInOf({ needsAuth, auth }: NonNullable<DetectedConnection['found']>): Pick<WizardState, 'needsAuth' | 'usualAuth'> {
  const needs = needsAuth ?? (auth === undefined || auth === 'none' ? undefined : true);
  return { ...(needs === undefined ? {} : { needsAuth: needs }), ...(auth === undefined ? {} : { usualAuth: auth }) };
}

/** The connection as it is saved; undefined while something it needs is missing. */
export function finished({ draft }: WizardState): Omit<ConnectionConfig, 'id'> | undefined {
  const { id: _id, kind, name, options, auth, ...rest } = draft;
  if (kind === undefined || name === undefined) return undefined;
  return {
    kind,
    name,
    ...rest,
    ...(options === undefined || Object.keys(options).length === 0 ? {} : { options }),
    ...(auth === undefined || auth.type === 'none' ? {} : { auth }),
  };
}
