// What the wizard does next, and what an answer makes of its state: only what is missing is asked, the connection is tested before it is
// saved, and a failed test leaves the choice. Pure: state → step, (state, answer) → state.
import { visibleLine } from '../../analysis/visibleText.ts';
import type { AuthType, ConnectionField, ConnectionKind, TestedConnection } from '../../protocol/connections.ts';
import { hostOfConnection } from '../connections/connectionTarget.ts';
import { answerAuth, authItems, authNames, authQuestion } from './authSteps.ts';
import { answerMenu, answerSetting, editMenu, settingQuestion } from './editMenu.ts';
import { answerUrl, beforeKind, urlQuestion, wantsUrl } from './placeSteps.ts';
import type { PickQuestion, Question, Step, TextQuestion, WizardState } from './wizardState.ts';
import { isAnswered, kindOfDraft, newWizard, withAnswered, withAuthType, withDraft, withOption, withoutAnswered } from './wizardState.ts';

/** Kinds of errors that a field which is still missing may cause. */
const MAY_WANT_FIELDS: readonly string[] = ['badData', 'unsupported', 'notFound'];

export function nextStep(state: WizardState): Step {
  const kind = kindOfDraft(state);
  if (kind === undefined) return beforeKind(state);
  const question = missing(state, kind);
  if (question !== undefined) return question;
  if (state.editing === true && state.finish !== true) return editMenu(state, kind);
  return atTheEnd(state, kind);
}

/** A connection to a folder, of the kind that has a field for one: only its name is asked for. */
export function folderWizard(kinds: readonly ConnectionKind[], folder: string, name: string): WizardState {
  const kind = kinds.find(({ fields }) => fields.some((field) => field.folder === true));
  const field = kind?.fields.find((one) => one.folder === true);
  if (kind === undefined || field === undefined) throw new Error('No kind of connection takes a folder.');
  return withAnswered(withOption(withKind(withDraft(newWizard(kinds), { name }), kind.kind), field, folder), `field:${field.key}`);
}

function missing(state: WizardState, kind: ConnectionKind): Question | undefined {
  if (wantsUrl(state, kind)) return urlQuestion(state, kind);
  if (!isAnswered(state, 'auth')) return authPick(state, kind);
  return authQuestion(state) ?? fieldQuestion(state, kind) ?? settingQuestion(state) ?? (isAnswered(state, 'name') || state.editing !== true ? undefined : nameQuestion(state));
}

function authPick(state: WizardState, kind: ConnectionKind): Question {
  const types = authTypes(state, kind);
  return { kind: 'pick', name: 'auth', title: `Sign in to ${kind.label}`, placeholder: state.needsAuth === true ? 'The server wants to know who asks' : 'How requests prove who sends them', items: authItems(types) };
}

function authTypes({ needsAuth, usualAuth }: WizardState, { auth }: ConnectionKind): readonly AuthType[] {
  const some = needsAuth === true ? auth.filter((type) => type !== 'none') : auth;
  const usual = some.filter((type) => type === usualAuth);
  return some.length === 0 ? ['none'] : [...usual, ...some.filter((type) => type !== usualAuth)];
}

/** Required ones, and those that are to be changed; of those that are listed, once there is a list to pick from or none to be had. */
function fieldQuestion(state: WizardState, kind: ConnectionKind): Question | undefined {
  const listable = state.editing === true || (state.choices !== undefined && (state.tested?.problem === undefined || MAY_WANT_FIELDS.includes(state.tested.problemKind ?? '')));
  const mustPick = ({ key }: ConnectionField): boolean => state.tested?.mustPick?.includes(key) === true && (state.draft.options?.[key] ?? '') === '';
  const isMissing = (one: ConnectionField): boolean => !isAnswered(state, `field:${one.key}`) && (one.required || state.answered.has(`!field:${one.key}`)) && (one.listed !== true || listable);
  const field = kind.fields.find((one) => mustPick(one) || isMissing(one));
  return field === undefined ? undefined : askField(state, { ...field, ...(mustPick(field) ? { required: true, help: state.tested!.notes.join(' ') } : {}) });
}

function askField({ draft, choices: known }: WizardState, { key, label, help, required, placeholder }: ConnectionField): Question {
  const value = draft.options?.[key] ?? '';
  const choices = known !== undefined && Object.hasOwn(known, key) ? known[key]! : [];
  const name = `field:${key}`;
  if (choices.length > 0) {
    const any = required ? [] : [{ value: '', label: 'Any', description: value === '' ? 'now' : '' }];
    return { kind: 'pick', name, title: label, placeholder: 'Pick one, or type another', prompt: visibleLine(help, 300), free: true, items: [...any, ...choices.map((choice) => ({ value: choice, label: visibleLine(choice, 120), ...(choice === value ? { description: 'now' } : {}) }))] };
  }
  return { kind: 'text', name, title: label, prompt: required ? help : `${help} Empty: none.`, value, secret: false, ...(placeholder === undefined ? {} : { placeholder }), check: (typed) => (required && typed.trim() === '' ? `${label} is needed.` : undefined) };
}

function atTheEnd(state: WizardState, kind: ConnectionKind): Step {
  const { tested } = state;
  if (tested === undefined && state.anyway !== true) return { kind: 'work', name: 'test', says: `Asking ${visibleLine(state.draft.url ?? kind.label, 80)}` };
  if (tested?.problem !== undefined && state.anyway !== true) return failedQuestion(tested);
  if (!isAnswered(state, 'name')) return nameQuestion(state);
  return { kind: 'work', name: 'save', says: 'Saving' };
}

function failedQuestion({ problem = '', problemKind }: TestedConnection): PickQuestion {
  const signIn = { value: 'auth', label: 'Sign in differently', icon: 'key' };
  const rest = [
    { value: 'retry', label: 'Try again', icon: 'refresh' },
    { value: 'edit', label: 'Edit…', description: 'address, sign-in and everything else', icon: 'edit' },
    { value: 'anyway', label: 'Save anyway', description: 'the tree will show the problem until it is gone', icon: 'save' },
  ];
  return { kind: 'pick', name: 'failed', title: 'The connection does not work yet', placeholder: 'What to do about it', prompt: visibleLine(problem, 300), items: problemKind === 'auth' ? [signIn, ...rest] : [...rest, signIn] };
}

function nameQuestion(state: WizardState): TextQuestion {
  const { tested } = state;
  const works = tested === undefined || tested.problem !== undefined ? '' : `It works${tested.version === undefined ? '' : ` (version ${visibleLine(tested.version, 40)})`}. ${tested.notes.map((note) => visibleLine(note, 200)).join(' ')}`;
  return { kind: 'text', name: 'name', title: 'Name of the connection', prompt: `${works} This name is shown in the tree.`.trim(), value: named(state), secret: false, check: (value) => (value.trim() === '' ? 'A name is needed.' : undefined) };
}

/** Where nobody has named it yet: as what was recognised is called. */
function named({ draft: { kind, name = '', url }, kinds, editing }: WizardState): string {
  const label = kinds.find((one) => one.kind === kind)?.label;
  const host = hostOfConnection(url === undefined ? {} : { url });
  return editing === true || name !== label || host === undefined ? name : `${name} at ${host}`;
}

/** `value` passed the question's own check. */
export function answer(state: WizardState, name: string, value: string): WizardState {
  if (name === 'address') return value.startsWith('kind:') ? withKind(state, value.slice(5)) : { ...state, address: value.trim() };
  if (name === 'kind') return withKind(state, value);
  if (name === 'url') return withAnswered(answerUrl(state, value), 'url');
  if (name === 'auth') return withAnswered(withAuthType(state, value as AuthType), 'auth');
  if (name.startsWith('auth:')) return answerAuth(state, name, value);
  if (name === 'name') return withAnswered({ ...state, draft: { ...state.draft, name: value.trim() } }, 'name');
  if (name === 'failed') return afterFailure(state, value);
  if (name === 'menu') return answerMenu(state, value);
  if (name.startsWith('set:')) return answerSetting(state, name, value);
  const field = kindOfDraft(state)?.fields.find(({ key }) => name === `field:${key}`);
  return field === undefined ? state : withAnswered(withOption(state, field, value.trim()), name);
}

function withKind(state: WizardState, kind: string): WizardState {
  const known = state.kinds.find((one) => one.kind === kind);
  if (known === undefined) return state;
  const made = withAnswered(withDraft(state, { ...state.draft, kind, name: state.draft.name ?? known.label }), 'kind');
  // One way only is no question.
  return known.auth.length === 1 ? withAnswered(withAuthType(made, known.auth[0]!), 'auth') : made;
}

function afterFailure(state: WizardState, value: string): WizardState {
  const { tested: _tested, ...untested } = state;
  if (value === 'anyway') return { ...state, anyway: true };
  if (value === 'auth') return withoutAnswered({ ...untested, needsAuth: true }, authNames(state));
  if (value === 'edit') return withAnswered({ ...untested, editing: true, finish: false }, '*', 'url', 'auth');
  return untested;
}

/** Nothing about signing in need be asked where the server was seen to answer without. */
export function afterDetection(state: WizardState): WizardState {
  const kind = kindOfDraft(state);
  if (kind === undefined || isAnswered(state, 'auth')) return state;
  if (kind.auth.length === 1) return withAnswered(withAuthType(state, kind.auth[0]!), 'auth');
  return state.needsAuth !== true && state.draft.url !== undefined && kind.auth.includes('none') ? withAnswered(withAuthType(state, 'none'), 'auth') : state;
}

export function afterTest(state: WizardState, tested: TestedConnection): WizardState {
  return { ...state, tested, choices: { ...state.choices, ...tested.choices } };
}
