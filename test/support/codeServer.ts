// The workbench of the tests. What scripts/ gives is plain JavaScript, so that it runs before anything is installed; this gives it types.
import path from 'node:path';

export interface CodeServerOptions {
  readonly vscodeDir: string;
  readonly dataDir: string;
  readonly folder: string;
  readonly extensionPath?: string | undefined;
  /** A bundled suite to run inside the extension host. */
  readonly testsPath?: string | undefined;
  readonly workspaceTrust?: boolean;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly log?: ((text: string) => void) | undefined;
}

export interface CodeServer {
  readonly url: string;
  stop(): Promise<void>;
}

interface CodeServerScript {
  ensureCodeServer(): Promise<string>;
  startCodeServer(options: CodeServerOptions): Promise<CodeServer>;
}

export const { ensureCodeServer, startCodeServer } = (await import(path.resolve(import.meta.dirname, '../../scripts/codeServer.mjs'))) as CodeServerScript;
