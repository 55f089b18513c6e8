// What a connection is: where a team's traces are and how they may be read. The user's settings hold everything here; secrets travel
// beside it, from the editor's secret storage (or a terminal's environment) to the engine, and are kept nowhere else.

export type AuthType = 'none' | 'bearer' | 'basic' | 'apiKey' | 'headers' | 'clientCertificate' | 'aws' | 'google' | 'headersCommand';

/** How requests prove who sends them. The secrets themselves are ConnectionSecrets. */
export interface ConnectionAuth {
  readonly type: AuthType;
  /** basic: user name. */
  readonly user?: string;
  /** apiKey: the header's name (default Authorization) and what stands before the key ("ApiKey "). */
  readonly header?: string;
  readonly prefix?: string;
  /** headers: names only; their values are secrets. */
  readonly headerNames?: readonly string[];
  /** clientCertificate: PEM files; a passphrase is a secret. */
  readonly certificateFile?: string;
  readonly keyFile?: string;
  /** aws: profile of ~/.aws, a role to assume, the service that is signed for. */
  readonly profile?: string;
  readonly roleArn?: string;
  /** Region and service to sign for, where the address does not say them (a server of one's own, a private endpoint). */
  readonly region?: string;
  readonly service?: string;
  /** google: a key file, else the application default credentials; a service account to act as. */
  readonly credentialsFile?: string;
  readonly impersonate?: string;
  /** headersCommand: program and arguments; prints headers as lines or as JSON. Only ever from the user's own settings. */
  readonly command?: readonly string[];
}

/** Never in settings, logs, errors or the webview. */
export interface ConnectionSecrets {
  /** bearer token, basic password, API key, key passphrase. */
  readonly secret?: string;
  /** headers: values by name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** aws: keys given by hand instead of a profile. */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  /** No secret but why there is none: one sentence; nothing is asked of the system without them. */
  readonly unread?: string;
}

export interface ConnectionConfig {
  /** Names it in tracefall: addresses, pins and secrets; stays when it is renamed. Letters, digits, - and _. */
  readonly id: string;
  /** A kind of the engine's registry: jaeger, zipkin, tempo … */
  readonly kind: string;
  readonly name: string;
  /** Base address, with a path where it stands behind one; absent for clouds, which have their own. */
  readonly url?: string;
  /** What a kind needs besides: project, region, database, table, tenant, services … as its fields say. */
  readonly options?: Readonly<Record<string, string>>;
  readonly auth?: ConnectionAuth;
  /** PEM file of a certificate authority trusted for this connection. */
  readonly caFile?: string;
  /** undici: our own; vscode: the editor's fetch, which knows PAC files and Kerberos. */
  readonly transport?: 'undici' | 'vscode';
  /** How far a list looks back, hours. */
  readonly lookbackHours?: number;
  /** Above this a trace is slow; absent: the rule of the settings. */
  readonly slowThresholdMs?: number;
  /** Seconds between refreshes by itself; 0: never; absent: the kind's default. */
  readonly refreshSeconds?: number;
  readonly maxRequestsPerMinute?: number;
  /** A theme colour's name, for its icon. */
  readonly colour?: string;
}

/** One thing a kind must or may be told, asked by the wizard and put into `options`. */
export interface ConnectionField {
  readonly key: string;
  readonly label: string;
  readonly help: string;
  readonly required: boolean;
  /** testConnection lists what can be picked. */
  readonly listed?: boolean;
  readonly placeholder?: string;
  /** Its value is the path of a folder on this machine. */
  readonly folder?: boolean;
}

/** What the wizard must know of a kind; only its own file knows more. */
export interface ConnectionKind {
  readonly kind: string;
  readonly label: string;
  readonly needsUrl: boolean;
  /** It has addresses of its own, and may be given another: a private endpoint, a server that speaks the same API. */
  readonly takesUrl?: boolean;
  /** What is typical for a program on this machine: `http://localhost:16686`. */
  readonly localUrls: readonly string[];
  readonly fields: readonly ConnectionField[];
  /** The usual one first. */
  readonly auth: readonly AuthType[];
  /** What usually stands before an API key in its header, with the blank after it. */
  readonly apiKeyPrefix?: string;
  /** Every request costs money or quota: nothing is refreshed unasked. */
  readonly metered: boolean;
  /** It can say which service calls which. */
  readonly dependencies?: boolean;
}

/** What was made of a pasted address. */
export interface DetectedConnection {
  /** `auth`: how one usually signs in there. */
  readonly found?: Pick<ConnectionConfig, 'kind' | 'url' | 'options'> & { readonly name: string; readonly version?: string; readonly needsAuth?: boolean; readonly auth?: AuthType };
  /** The trace whose page the address is. */
  readonly traceId?: string;
  /** One sentence per kind tried: "Zipkin: /health answered 404". */
  readonly tried: readonly string[];
}

export interface TestedConnection {
  /** Undefined where it works: else one sentence that says what to do, and the error's kind. */
  readonly problem?: string;
  readonly problemKind?: string;
  readonly version?: string;
  readonly notes: readonly string[];
  /** What can be picked for listed fields, by the field's key. */
  readonly choices: Readonly<Record<string, readonly string[]>>;
  /** Keys of fields that are mostly left out and cannot be here: there are several to pick from. */
  readonly mustPick?: readonly string[];
}

/** Of the editor or the environment, for all connections. */
export interface NetworkConfig {
  readonly proxy?: string;
  readonly noProxy: readonly string[];
  readonly proxyStrictSSL: boolean;
  readonly proxyAuthorization?: string;
  readonly systemCertificates: boolean;
  /** The workspace is not trusted: no program is run for a connection (headersCommand). */
  readonly restricted?: boolean;
}

export interface ConnectionState {
  readonly connection: string;
  readonly health: 'unknown' | 'healthy' | 'slow' | 'failing';
  /** Why it is slow or failing. */
  readonly why?: string;
  /** A request is held back: for what ("Google's quota: …"), and until when, epoch ms. */
  readonly waiting?: { readonly why: string; readonly untilMs: number };
  /** Epoch ms of the last answer. */
  readonly lastAnswerMs?: number;
  readonly requests: number;
  /** Bytes received, as they came over the wire. */
  readonly bytes: number;
  /** What is known of the cost: "12 ListTraces of 300 quota units". */
  readonly cost?: string;
  /** It can be searched for more than its lists show. */
  readonly deepSearch?: DeepSearch;
}

/** One service calls another. */
export interface ServiceDependency {
  readonly parent: string;
  readonly child: string;
  /** Within the time that was asked for. */
  readonly calls: number;
  /** How many of them failed, where the system says. */
  readonly errors?: number;
}

/** A search that costs: offered, and run only when the user says so, for a time that the user picks. */
export interface DeepSearch {
  /** What is looked through: "all spans in aws/spans". */
  readonly label: string;
  /** After "It costs": "about $0.005 per GB scanned". */
  readonly costNote: string;
}

/** How long a search that costs may run at the system before it is stopped, ms. */
export const DEEP_SEARCH_MS = 5 * 60_000;

/** What the engine asks the editor to fetch for `transport: vscode`. */
export interface HostFetch {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: ArrayBuffer;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}
export interface HostFetched {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ArrayBuffer;
}
