// Through which proxy an address is asked, if any: the editor's http.proxy before HTTP(S)_PROXY, neither for what http.noProxy or NO_PROXY
// name, nor for this machine. Rules as the editor's own requests follow them (vscode-proxy-agent, src/index.ts), with CIDR ranges as curl has
// them. Pure; must not know how a proxy is spoken to (http.ts).
import { BlockList, isIP } from 'node:net';
import type { NetworkConfig } from '../../protocol/connections.ts';
import { withScheme } from '../../protocol/typedAddress.ts';
import { BackendError } from '../backends/backend.ts';

export interface ProxyChoice {
  /** Scheme, host and port; never credentials. */
  readonly uri: string;
  /** Value of Proxy-Authorization, for the proxy alone. */
  readonly authorization?: string;
  /** For a SOCKS5 proxy, which knows no headers. */
  readonly login?: { readonly user: string; readonly password: string };
}

/** Names are resolved by the proxy, whatever the scheme says of that. */
const SOCKS5: ReadonlySet<string> = new Set(['socks:', 'socks5:', 'socks5h:']);

export type Environment = Readonly<Record<string, string | undefined>>;

/** Throws BackendError network for a proxy that cannot be used. */
export function proxyFor(url: URL, network: NetworkConfig, env: Environment): ProxyChoice | undefined {
  const exceptions = network.noProxy.length > 0 ? network.noProxy : (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/);
  if (isLoopback(url.hostname) || isExcepted(url, exceptions)) return undefined;
  const configured = first(network.proxy);
  const given = configured ?? fromEnvironment(url, env);
  if (given === undefined) return undefined;
  const from = configured === undefined ? 'the environment (HTTPS_PROXY, HTTP_PROXY)' : 'the setting http.proxy';
  const text = withScheme(given);
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy === undefined) throw new BackendError('network', `The proxy of ${from} is no address; correct it.`);
  if (SOCKS5.has(proxy.protocol)) return socksProxy(proxy, from);
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') throw new BackendError('network', `The proxy of ${from} is of the kind ${proxy.protocol.replace(':', '')}, which is not spoken here; set the connection's transport to vscode.`);
  const authorization = (configured === undefined ? undefined : first(network.proxyAuthorization)) ?? credentialsOf(proxy);
  return { uri: proxy.origin, ...(authorization === undefined ? {} : { authorization }) };
}

function socksProxy({ hostname, port, username, password }: URL, from: string): ProxyChoice {
  if (hostname === '') throw new BackendError('network', `The proxy of ${from} is no address; correct it.`);
  return { uri: `socks5://${hostname}:${port === '' ? '1080' : port}`, ...(username === '' ? {} : { login: { user: decoded(username), password: decoded(password) } }) };
}

/** Secrets that are in the proxy settings, to be kept out of sentences. */
export function proxySecrets(network: NetworkConfig, env: Environment): readonly string[] {
  const addresses = [network.proxy, ...['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'].map((name) => env[name])];
  const passwords = addresses.flatMap((text) => (text !== undefined && URL.canParse(text) ? [new URL(text)] : [])).flatMap((url) => (url.password === '' ? [] : [decoded(url.password), credentialsOf(url)!]));
  return [...(first(network.proxyAuthorization) === undefined ? [] : [network.proxyAuthorization!]), ...passwords];
}

/** Also all of 127.0.0.0/8. Takes the hostname of a URL: IPv6 in brackets. */
export function isLoopback(hostname: string): boolean {
  const host = bare(hostname);
  return host === 'localhost' || host.endsWith('.localhost') || (isIP(host) === 4 && host.startsWith('127.')) || host === '::1' || host.startsWith('::ffff:7f');
}

/** `example.com` and `.example.com` mean it and all below it; `host:port`, `*`, addresses, `10.0.0.0/8`. */
export function isExcepted(url: URL, rules: readonly string[]): boolean {
  const host = bare(url.hostname);
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return rules.some((rule) => matches(rule.trim().toLowerCase(), host, port));
}

function matches(rule: string, host: string, port: string): boolean {
  if (rule === '') return false;
  if (rule === '*') return true;
  const family = isIP(host);
  const range = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(rule);
  if (range !== null) return family !== 0 && isIP(range[1]!) === family && inRange(host, range[1]!, Number(range[2]), family);
  if (family !== 0 && isIP(rule) !== 0) return bare(hostnameOf(rule)) === host;
  const [, name = '', rulePort] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(rule) ?? [];
  if (name === '' || (rulePort !== undefined && rulePort !== port)) return false;
  if (name.startsWith('[')) return bare(hostnameOf(name.slice(1, -1))) === host;
  return `.${host}`.endsWith(name.startsWith('.') ? name : `.${name.replace(/^\*\./, '')}`);
}

function inRange(host: string, network: string, prefix: number, family: number): boolean {
  if (prefix > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** Addresses in their one spelling. */
function hostnameOf(address: string): string {
  const text = `http://${isIP(address) === 6 ? `[${address}]` : address}/`;
  return URL.canParse(text) ? new URL(text).hostname : address;
}

function fromEnvironment({ protocol }: URL, env: Environment): string | undefined {
  const http = first(env['HTTP_PROXY'], env['http_proxy']);
  return protocol === 'https:' ? (first(env['HTTPS_PROXY'], env['https_proxy']) ?? http) : http;
}

function credentialsOf({ username, password }: URL): string | undefined {
  return username === '' ? undefined : `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

const first = (...texts: readonly (string | undefined)[]): string | undefined => texts.find((text) => text !== undefined && text.trim() !== '')?.trim();
const bare = (hostname: string): string => hostname.toLowerCase().replace(/^\[|\]$/g, '').replace(/\.$/, '');
