// What is dropped onto the traces view: files open as traces, folders become connections, one after the other, each with its own fault.
// Must not know the editor: who opens and adds is given.

/** Each file is a tab, and may ask which of its traces. */
export const MAX_DROPPED = 20;

/** The addresses of a text/uri-list (RFC 2483): lines, but for comments. */
export function uriList(text: string): string[] {
  return text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
}

export interface DropWork<Uri> {
  /** Throws a sentence where there is nothing of that name. */
  readonly isFolder: (uri: Uri) => Promise<boolean>;
  /** `keep`: a tab of its own, which the next does not take. */
  readonly openFile: (uri: Uri, keep: boolean) => Promise<unknown>;
  readonly addFolder: (uri: Uri) => Promise<unknown>;
  readonly fails: (error: unknown) => void;
}

export async function handleDropped<Uri>(uris: readonly Uri[], { isFolder, openFile, addFolder, fails }: DropWork<Uri>): Promise<void> {
  const taken = uris.slice(0, MAX_DROPPED);
  for (const uri of taken) {
    try {
      await ((await isFolder(uri)) ? addFolder(uri) : openFile(uri, taken.length > 1));
    } catch (error) {
      fails(error);
    }
  }
  if (uris.length > taken.length) fails(new Error(`Only the first ${taken.length} of ${uris.length} dropped files were opened; drop their folder to list all of them.`));
}
