// Everything of a connection that can be changed, as a menu: the edit command's first page, and where a failed test leads. Pure.
import { visibleLine } from '../../analysis/visibleText.ts';
import type { ConnectionConfig, ConnectionKind } from '../../protocol/connections.ts';
import { LEAST_SECONDS } from '../connections/poller.ts';
import { authLabel, authNames } from './authSteps.ts';
import type { PickItem, PickQuestion, TextQuestion, WizardState } from './wizardState.ts';
import { isAnswered, withAnswered, withDraft, withoutAnswered } from './wizardState.ts';

type NumberSetting = 'lookbackHours' | 'slowThresholdMs' | 'refreshSeconds' | 'maxRequestsPerMinute';
type TextSetting = 'caFile' | 'transport';

interface Setting {
  readonly key: NumberSetting | TextSetting;
  readonly label: string;
  readonly prompt: string;
  readonly unit: string;
  readonly check: (value: string) => string | undefined;
}

const numberFrom = (least: number) => (value: string): string | undefined => (Number.isFinite(Number(value)) && Number(value) >= least ? undefined : `A number, at least ${least}.`);

const SETTINGS: readonly Setting[] = [
  { key: 'lookbackHours', label: 'How far lists look back', prompt: 'Hours. Empty: 24.', unit: ' h', check: numberFrom(0.01) },
  { key: 'slowThresholdMs', label: 'Slow from', prompt: 'Milliseconds. Empty: what is unusual for the operation.', unit: ' ms', check: numberFrom(0) },
  { key: 'refreshSeconds', label: 'Refresh by itself', prompt: `Seconds, at least ${LEAST_SECONDS}; 0: never. Empty: every ${LEAST_SECONDS} s while it is open in the tree, never where requests count.`, unit: ' s', check: (value) => (value === '0' ? undefined : numberFrom(LEAST_SECONDS)(value)) },
  { key: 'maxRequestsPerMinute', label: 'Most requests a minute', prompt: 'Empty: what the system usually takes.', unit: '', check: numberFrom(1) },
  { key: 'caFile', label: 'Certificate authority', prompt: 'Path of a PEM file that is trusted for this connection. Empty: the system’s.', unit: '', check: () => undefined },
  { key: 'transport', label: 'Transport', prompt: 'undici: our own. vscode: the editor’s, which knows PAC files and Kerberos. Empty: undici.', unit: '', check: (value) => (value === 'undici' || value === 'vscode' ? undefined : 'Either undici or vscode.') },
];

const isNumber = (key: Setting['key']): key is NumberSetting => key !== 'caFile' && key !== 'transport';
const shown = (value: string | undefined): string => (value === undefined || value === '' ? '' : visibleLine(value, 80));

export function editMenu({ draft }: WizardState, kind: ConnectionKind): PickQuestion {
  const items: PickItem[] = [
    { value: 'finish', label: 'Test and save', icon: 'check' },
    { value: 'name', label: 'Name', description: shown(draft.name), icon: 'tag', heading: 'change' },
    ...(kind.needsUrl || kind.takesUrl === true || draft.url !== undefined ? [{ value: 'url', label: 'Address', description: shown(draft.url), icon: 'link' }] : []),
    { value: 'auth', label: 'Sign-in', description: authLabel(draft.auth?.type), icon: 'key' },
    ...kind.fields.map(({ key, label }) => ({ value: `field:${key}`, label, description: shown(draft.options?.[key]), icon: 'symbol-field' })),
    ...SETTINGS.map(({ key, label, unit }) => ({ value: `set:${key}`, label, description: draft[key] === undefined ? '' : `${shown(String(draft[key]))}${unit}`, icon: 'settings-gear' })),
  ];
  return { kind: 'pick', name: 'menu', title: `Edit ${visibleLine(draft.name ?? kind.label, 80)}`, placeholder: 'What to change', items };
}

export function answerMenu(state: WizardState, value: string): WizardState {
  if (value === 'finish') return { ...state, finish: true };
  return withoutAnswered(state, value === 'auth' ? authNames(state) : [value]);
}

export function settingQuestion(state: WizardState): TextQuestion | undefined {
  const setting = SETTINGS.find(({ key }) => state.answered.has(`!set:${key}`) && !isAnswered(state, `set:${key}`));
  if (setting === undefined) return undefined;
  const { key, label, prompt, check } = setting;
  return { kind: 'text', name: `set:${key}`, title: label, prompt, value: state.draft[key] === undefined ? '' : String(state.draft[key]), secret: false, check: (value) => (value.trim() === '' ? undefined : check(value.trim())) };
}

export function answerSetting(state: WizardState, name: string, typed: string): WizardState {
  const setting = SETTINGS.find(({ key }) => name === `set:${key}`);
  if (setting === undefined) return state;
  const { key } = setting;
  const { [key]: _before, ...rest } = state.draft;
  const value = typed.trim();
  const draft = value === '' ? rest : ({ ...rest, [key]: isNumber(key) ? Number(value) : value } satisfies Partial<ConnectionConfig>);
  return withAnswered(withDraft(state, draft), name);
}
