// Signing in, as questions: each way has its fields and its secrets. A table, so that a new way is a row. Secrets go to the secret
// storage and everything else into the settings. Pure.
import { visibleLine } from '../../analysis/visibleText.ts';
import type { AuthType, ConnectionAuth, ConnectionSecrets } from '../../protocol/connections.ts';
import { commandLine, commandWords } from './commandWords.ts';
import type { PickItem, TextQuestion, WizardState } from './wizardState.ts';
import { isAnswered, kindOfDraft, withAnswered, withAuth, withSecrets } from './wizardState.ts';

const AUTH_WORDS: Readonly<Record<AuthType, { readonly label: string; readonly detail: string }>> = {
  none: { label: 'None', detail: 'The server asks nobody who they are.' },
  bearer: { label: 'Bearer token', detail: 'Authorization: Bearer …; also service-account tokens of Grafana.' },
  basic: { label: 'User name and password', detail: 'HTTP basic; also Grafana Cloud’s instance id, Langfuse’s keys.' },
  apiKey: { label: 'API key', detail: 'A key in a header of its own.' },
  headers: { label: 'Custom headers', detail: 'Any headers; their values are kept as secrets.' },
  clientCertificate: { label: 'Client certificate', detail: 'PEM files of this machine.' },
  aws: { label: 'AWS credentials', detail: 'A profile, the environment, SSO or an access key; requests are signed.' },
  google: { label: 'Google account', detail: 'Application default credentials, a key file or a service account to act as.' },
  headersCommand: { label: 'A program that prints headers', detail: 'For tokens that expire: run when one is needed and again when it is refused.' },
};

export function authItems(types: readonly AuthType[]): PickItem[] {
  return types.map((type) => ({ value: type, ...AUTH_WORDS[type] }));
}

export function authLabel(type: AuthType | undefined): string {
  return AUTH_WORDS[type ?? 'none'].label;
}

interface AuthField {
  readonly name: string;
  readonly title: string;
  readonly prompt: string;
  readonly placeholder?: string;
  readonly secret?: boolean;
  readonly optional?: boolean;
  /** Where there is nothing yet. */
  readonly usual?: string;
  readonly check?: (value: string) => string | undefined;
  readonly read: (auth: ConnectionAuth, secrets: ConnectionSecrets) => string | undefined;
  readonly write: (state: WizardState, value: string) => WizardState;
}

const authText = (key: 'user' | 'header' | 'prefix' | 'certificateFile' | 'keyFile' | 'profile' | 'roleArn' | 'credentialsFile' | 'impersonate', rest: Pick<AuthField, 'title' | 'prompt' | 'placeholder' | 'optional' | 'usual' | 'check'>): AuthField => ({
  name: key,
  ...rest,
  read: (auth) => auth[key],
  // A prefix ends with a blank.
  write: (state, value) => withAuth(state, { [key]: key === 'prefix' ? value : value.trim() }),
});
const secretText = (key: 'secret' | 'accessKeyId' | 'secretAccessKey' | 'sessionToken', rest: Pick<AuthField, 'title' | 'prompt' | 'optional'>): AuthField => ({
  name: key,
  secret: key !== 'accessKeyId',
  ...rest,
  read: (_auth, secrets) => secrets[key],
  write: (state, value) => {
    const { [key]: _before, ...others } = state.secrets;
    return withSecrets(state, value === '' ? others : { ...others, [key]: value.trim() });
  },
});

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const headerProblem = (value: string): string | undefined => (HEADER_NAME.test(value.trim()) ? undefined : 'A header’s name has letters, digits and -, and no colon.');
const namesOf = (value: string): string[] => [...new Set(value.split(/[\s,]+/).filter((name) => name !== ''))];

const FIELDS: Readonly<Record<AuthType, readonly AuthField[]>> = {
  none: [],
  bearer: [secretText('secret', { title: 'Bearer token', prompt: 'The token alone, without "Bearer".' })],
  basic: [authText('user', { title: 'User name', prompt: 'The user name, instance id or public key.' }), secretText('secret', { title: 'Password', prompt: 'The password, token or secret key.' })],
  apiKey: [
    authText('header', { title: 'Header of the API key', prompt: 'The name of the header that carries the key.', usual: 'Authorization', check: headerProblem }),
    authText('prefix', { title: 'What stands before the key', prompt: 'For example "ApiKey " with the blank after it. Empty: nothing.', placeholder: 'ApiKey ', optional: true }),
    secretText('secret', { title: 'API key', prompt: 'The key alone.' }),
  ],
  headers: [
    {
      name: 'headerNames',
      title: 'Names of the headers',
      prompt: 'Separated by commas; their values are asked for next.',
      placeholder: 'X-Scope-OrgID, Authorization',
      check: (value) => (namesOf(value).every((name) => HEADER_NAME.test(name)) ? undefined : 'A header’s name has letters, digits and -, and no colon.'),
      read: (auth) => auth.headerNames?.join(', '),
      write: (state, value) => withAuth(state, { headerNames: namesOf(value) }),
    },
  ],
  clientCertificate: [
    authText('certificateFile', { title: 'Client certificate', prompt: 'Path of the PEM file with the certificate, on this machine.' }),
    authText('keyFile', { title: 'Private key', prompt: 'Path of the PEM file with the private key.' }),
    secretText('secret', { title: 'Passphrase of the key', prompt: 'Empty: it has none.', optional: true }),
  ],
  aws: [
    authText('profile', { title: 'AWS profile', prompt: 'A profile of ~/.aws, also one of SSO. Empty: the environment’s, else an access key.', optional: true }),
    secretText('accessKeyId', { title: 'Access key id', prompt: 'Empty: credentials come from the profile or the environment.', optional: true }),
    secretText('secretAccessKey', { title: 'Secret access key', prompt: 'Belongs to the access key id.' }),
    secretText('sessionToken', { title: 'Session token', prompt: 'Of temporary keys. Empty: none.', optional: true }),
    authText('roleArn', { title: 'Role to assume', prompt: 'ARN of a role. Empty: none.', placeholder: 'arn:aws:iam::123456789012:role/traces', optional: true }),
  ],
  google: [
    authText('credentialsFile', { title: 'Key file', prompt: 'Path of a service account’s key file. Empty: application default credentials (gcloud auth application-default login).', optional: true }),
    authText('impersonate', { title: 'Service account to act as', prompt: 'Its address. Empty: as yourself.', placeholder: 'reader@project.iam.gserviceaccount.com', optional: true }),
  ],
  headersCommand: [
    {
      name: 'command',
      title: 'Program that prints headers',
      prompt: 'With its arguments; it prints headers as lines ("Name: value") or as JSON. It is run without a shell.',
      placeholder: 'gcloud auth print-identity-token',
      check: (value) => (commandWords(value) === undefined ? 'A quotation mark is not closed.' : undefined),
      read: (auth) => (auth.command === undefined ? undefined : commandLine(auth.command)),
      write: (state, value) => withAuth(state, { command: commandWords(value) ?? [] }),
    },
  ],
};

/** The fields that apply: access keys only where no profile is named, their secrets only where there is a key id. */
function fieldsOf({ draft, secrets }: WizardState): readonly AuthField[] {
  const type = draft.auth?.type ?? 'none';
  const base = FIELDS[type].filter(({ name }) => {
    if (name === 'accessKeyId') return (draft.auth?.profile ?? '') === '';
    return name === 'secretAccessKey' || name === 'sessionToken' ? (draft.auth?.profile ?? '') === '' && (secrets.accessKeyId ?? '') !== '' : true;
  });
  if (type !== 'headers') return base;
  return [...base, ...(draft.auth?.headerNames ?? []).map((header) => headerValue(header))];
}

function headerValue(header: string): AuthField {
  return {
    name: `header:${header}`,
    title: `Value of ${visibleLine(header, 60)}`,
    prompt: 'Kept in the secret storage of the editor.',
    secret: true,
    read: (_auth, secrets) => secrets.headers?.[header],
    write: (state, value) => {
      const names = state.draft.auth?.headerNames ?? [];
      const kept = Object.entries(state.secrets.headers ?? {}).filter(([name]) => name !== header && names.includes(name));
      return withSecrets(state, { ...state.secrets, headers: Object.fromEntries([...kept, [header, value]]) });
    },
  };
}

/** The next one that is not answered. */
export function authQuestion(state: WizardState): TextQuestion | undefined {
  const field = fieldsOf(state).find(({ name }) => !isAnswered(state, `auth:${name}`));
  if (field === undefined) return undefined;
  const { name, title, prompt, placeholder, secret = false, optional = false, usual = '', check, read } = field;
  const type = state.draft.auth?.type ?? 'none';
  const ofKind = name === 'prefix' ? kindOfDraft(state)?.apiKeyPrefix : undefined;
  return {
    kind: 'text',
    name: `auth:${name}`,
    title,
    prompt,
    value: read(state.draft.auth ?? { type }, state.secrets) ?? ofKind ?? usual,
    secret,
    ...(placeholder === undefined ? {} : { placeholder }),
    check: (value) => (value.trim() === '' ? (optional ? undefined : `${title} is needed.`) : check?.(value)),
  };
}

export function answerAuth(state: WizardState, name: string, value: string): WizardState {
  const field = fieldsOf(state).find((one) => `auth:${one.name}` === name);
  return field === undefined ? state : withAnswered(field.write(state, value), name);
}

/** Names of all questions of signing in, to be asked again. */
export function authNames(state: WizardState): string[] {
  return ['auth', ...Object.values(FIELDS).flat().map(({ name }) => `auth:${name}`), ...(state.draft.auth?.headerNames ?? []).map((header) => `auth:header:${header}`)];
}
