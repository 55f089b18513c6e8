// Whom a connection talks to: what secrets and consent hang on, so that a changed address has neither. Pure.
import type { ConnectionConfig } from '../../protocol/connections.ts';

/** `https://jaeger.example:16686`, or `cloudtrace` where the kind has addresses of its own. */
export function targetOf({ url, kind }: Pick<ConnectionConfig, 'url' | 'kind'>): string {
  return url !== undefined && URL.canParse(url) ? new URL(url).origin : kind;
}

/** `jaeger.example:16686`; what to call the rest is the caller's. */
export function hostOfConnection({ url }: Pick<ConnectionConfig, 'url'>): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).host : undefined;
}
