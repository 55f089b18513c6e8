// Span → code, loaded when the first span asks for its code: half of the extension's own code, and none of it is needed before.
import type * as vscode from 'vscode';
import type { SourceOpener } from './sourceOpener.ts';
import type { SourceService } from './sourceService.ts';

/** `column`: that of the waterfall beside which code is shown. */
export function lazySource(column: () => vscode.ViewColumn | undefined): SourceService & vscode.Disposable {
  let made: Promise<SourceOpener> | undefined;
  let disposed = false;
  const load = async (): Promise<SourceOpener> => {
    const { SourceOpener } = await import('./sourceOpener.ts');
    const opener = new SourceOpener(column);
    if (disposed) opener.dispose();
    return opener;
  };
  const opener = (): Promise<SourceOpener> => (made ??= load());
  return {
    badges: async (hints, signal) => (await opener()).badges(hints, signal),
    preview: async (hints, signal) => (await opener()).preview(hints, signal),
    open: async (hints, signal) => (await opener()).open(hints, signal),
    dispose: () => {
      disposed = true;
      void made?.then((loaded) => loaded.dispose());
    },
  };
}
