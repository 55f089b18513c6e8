// The waterfall's page: a policy, two links and an empty body. No data ever enters this text; it comes by message.
// The policy is reliability §3.1: nothing by default, scripts by nonce, styles and font from cspSource only. Pure.
import { randomBytes } from 'node:crypto';

export interface PageParts {
  /** webview.cspSource */
  readonly cspSource: string;
  readonly script: string;
  readonly styles: string;
}

/** 128 random bits. */
export function newNonce(): string {
  return randomBytes(16).toString('base64url');
}

export function contentSecurityPolicy(cspSource: string, nonce: string): string {
  // Chunks that the entry script imports inherit its nonce (HTML: descendant script fetch options).
  return `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${cspSource}; font-src ${cspSource};`;
}

export function panelHtml({ cspSource, script, styles }: PageParts, nonce: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(contentSecurityPolicy(cspSource, nonce))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${attribute(styles)}">
<title>Trace</title>
</head>
<body>
<script type="module" nonce="${nonce}" src="${attribute(script)}"></script>
</body>
</html>`;
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
