// Where the traces are, as questions: an address to be recognised, else which system it is and where its API is. Pure; what is asked after
// it is wizardSteps.ts's.
import { visibleLine } from '../../analysis/visibleText.ts';
import type { ConnectionKind } from '../../protocol/connections.ts';
import { withoutCredentials, withScheme } from '../../protocol/typedAddress.ts';
import { urlProblem } from '../connections/readConnections.ts';
import type { PickQuestion, Step, TextQuestion, WizardState } from './wizardState.ts';
import { isAnswered, withDraft } from './wizardState.ts';

export function beforeKind(state: WizardState): Step {
  if (state.address !== undefined && state.tried === undefined) return { kind: 'work', name: 'detect', says: `Finding out what ${visibleLine(withoutCredentials(state.address), 80)} is` };
  return state.tried === undefined ? addressQuestion(state) : kindQuestion(state, state.tried);
}

/** The first page; the editor's layer adds what runs on this machine. */
function addressQuestion({ kinds }: WizardState): PickQuestion {
  return {
    kind: 'pick',
    name: 'address',
    title: 'Add a connection',
    placeholder: 'An address, a link of a cloud console or of a UI, or the path of a folder',
    free: true,
    items: kinds.map((kind, i) => ({ value: `kind:${kind.kind}`, label: kind.label, description: kind.needsUrl ? 'by its address' : kind.metered ? 'by your account' : 'on this machine', icon: iconOf(kind), ...(i === 0 ? { heading: 'or pick a system' } : {}) })),
  };
}

function kindQuestion({ kinds, address = '' }: WizardState, tried: readonly string[]): PickQuestion {
  return {
    kind: 'pick',
    name: 'kind',
    title: 'Which system is it?',
    placeholder: 'Its kind',
    prompt: [`${visibleLine(withoutCredentials(address), 80)} was not recognised.`, ...tried.filter((says) => !kinds.some(({ label }) => says.startsWith(`${label}:`))).map((says) => visibleLine(says, 300)), 'Pick its kind, or go back for another address.'].join(' '),
    items: kinds.map((kind) => ({ value: kind.kind, label: kind.label, icon: iconOf(kind), ...triedOf(kind, tried) })),
  };
}

/** What was asked of it as this kind, and answered. */
function triedOf({ label }: ConnectionKind, tried: readonly string[]): { readonly detail?: string } {
  const says = tried.find((text) => text.startsWith(`${label}:`));
  return says === undefined ? {} : { detail: capitalised(visibleLine(says.slice(label.length + 1).trim(), 200)) };
}

const capitalised = (sentence: string): string => `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}`;

/** What has addresses of its own is asked for another only where one was given, or is to be. */
export function wantsUrl(state: WizardState, kind: ConnectionKind): boolean {
  if (kind.needsUrl) return (state.draft.url ?? '') === '' || !isAnswered(state, 'url');
  return kind.takesUrl === true && (state.address !== undefined || state.answered.has('!url')) && !isAnswered(state, 'url');
}

export function urlQuestion({ draft, address }: WizardState, kind: ConnectionKind): TextQuestion {
  return {
    kind: 'text',
    name: 'url',
    title: `Address of ${kind.label}`,
    prompt: `Where its API is, with a path where it stands behind one.${kind.needsUrl ? '' : ' Empty: the cloud’s own.'}`,
    value: draft.url ?? httpOf(address ?? '') ?? '',
    placeholder: kind.localUrls[0] ?? 'https://traces.example.com',
    secret: false,
    check: (value) => {
      if (value.trim() === '' && !kind.needsUrl) return undefined;
      const url = httpOf(value);
      const problem = url === undefined ? 'must be an http or https address' : urlProblem(url);
      return problem === undefined ? undefined : `It ${problem}.`;
    },
  };
}

/** `localhost:16686` is meant as http. */
function httpOf(typed: string): string | undefined {
  const text = typed.trim();
  const url = withScheme(text);
  return text !== '' && URL.canParse(url) ? url : undefined;
}

/** What has no address is a cloud, which costs, or on this machine. */
const iconOf = ({ needsUrl, metered }: ConnectionKind): string => (needsUrl ? 'server' : metered ? 'cloud' : 'folder-opened');

/** Emptied: none. */
export function answerUrl(state: WizardState, typed: string): WizardState {
  const url = (httpOf(typed) ?? '').replace(/\/+$/, '');
  const { url: _before, ...rest } = state.draft;
  return withDraft(state, url === '' ? rest : { ...rest, url });
}
