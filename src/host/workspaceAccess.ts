// The editor's workspace as the ladder's access to files: folders are walked through workspace.fs (virtual ones too), symbolic links
// that leave their root are left out, and every read checks the real path again. Nothing outside the folders is ever stat'ed by name.
import { realpath } from 'node:fs/promises';
import * as vscode from 'vscode';
import { SKIPPED_FOLDERS } from '../source/skippedFolders.ts';
import type { FileListing, WorkspaceAccess, WorkspaceRoot } from '../source/workspaceFiles.ts';
import { isInside } from './containedPath.ts';
import { rootPrefixes } from './rootPrefixes.ts';
import { setting } from './settings.ts';

const MAX_FILES = 200_000;
const PARALLEL = 16;

interface Root extends WorkspaceRoot {
  readonly uri: vscode.Uri;
}

export class EditorWorkspace implements WorkspaceAccess {
  readonly caseInsensitive = process.platform === 'win32' || process.platform === 'darwin';
  readonly roots: readonly Root[];
  readonly pathMap = vscode.workspace.isTrusted ? setting('source.pathMap') : [];
  readonly trusted = vscode.workspace.isTrusted;
  readonly #realRoots = new Map<string, Promise<string | undefined>>();
  readonly #linked: string[] = [];
  #listing: Promise<FileListing> | undefined;

  constructor() {
    const folders = vscode.workspace.workspaceFolders ?? [];
    const prefixes = rootPrefixes(folders.map(({ name }) => name));
    this.roots = folders.map(({ uri }, k) => ({ uri, path: uri.scheme === 'file' ? uri.fsPath : uri.path, prefix: prefixes[k]! }));
  }

  /** One walk for the life of this object: it is made anew when files come or go. */
  async listFiles(signal?: AbortSignal): Promise<FileListing> {
    this.#listing ??= this.#walk();
    try {
      const listing = await this.#listing;
      signal?.throwIfAborted();
      return listing;
    } catch (error) {
      if (signal?.aborted !== true) this.#listing = undefined;
      throw error;
    }
  }

  async readText(file: string, maxBytes: number): Promise<string | undefined> {
    const uri = await this.uriOf(file);
    if (uri === undefined) return undefined;
    // What the user sees counts, saved or not.
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
    if (open !== undefined) return open.getText();
    const stat = await vscode.workspace.fs.stat(uri).then(undefined, () => undefined);
    if (stat === undefined || (stat.type & vscode.FileType.File) === 0 || stat.size > maxBytes) return undefined;
    const bytes = await vscode.workspace.fs.readFile(uri).then(undefined, () => undefined);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  /** Listed files that are links: their text changes with another file's. */
  get linkedFiles(): readonly string[] {
    return this.#linked;
  }

  /** The file's address, when it is a listed one and its real path is still inside its root. */
  async uriOf(file: string): Promise<vscode.Uri | undefined> {
    const root = this.roots.find(({ prefix }) => prefix === '' || file.startsWith(`${prefix}/`));
    if (root === undefined) return undefined;
    const relative = root.prefix === '' ? file : file.slice(root.prefix.length + 1);
    const segments = relative.split('/');
    if (segments.some((segment) => segment === '' || segment === '.' || segment === '..' || segment.includes('\0'))) return undefined;
    const uri = vscode.Uri.joinPath(root.uri, ...segments);
    return (await this.#isContained(root, uri)) ? uri : undefined;
  }

  async #isContained(root: Root, uri: vscode.Uri): Promise<boolean> {
    // A virtual file system has no links that we could follow; its provider guards its own borders.
    if (root.uri.scheme !== 'file') return true;
    const real = this.#realRoots.get(root.path) ?? realpath(root.path).then((path) => path, () => undefined);
    this.#realRoots.set(root.path, real);
    const [realRoot, realFile] = await Promise.all([real, realpath(uri.fsPath).then((path) => path, () => undefined)]);
    return realRoot !== undefined && realFile !== undefined && isInside(realRoot, realFile);
  }

  async #walk(): Promise<FileListing> {
    const files: string[] = [];
    const notes: string[] = [];
    const queue: { root: Root; uri: vscode.Uri; relative: string }[] = this.roots.map((root) => ({ root, uri: root.uri, relative: root.prefix }));
    let unreadable = 0;
    const visit = async (): Promise<void> => {
      for (let folder = queue.pop(); folder !== undefined && files.length < MAX_FILES; folder = queue.pop()) {
        const { root, uri, relative } = folder;
        const entries = await vscode.workspace.fs.readDirectory(uri).then(undefined, () => undefined);
        if (entries === undefined) unreadable++;
        for (const [name, type] of entries ?? []) {
          const path = relative === '' ? name : `${relative}/${name}`;
          const isLink = (type & vscode.FileType.SymbolicLink) !== 0;
          if ((type & vscode.FileType.Directory) !== 0) {
            // A linked folder is not followed: its files are found where they really are, when that is inside.
            if (!isLink && !SKIPPED_FOLDERS.has(name)) queue.push({ root, uri: vscode.Uri.joinPath(uri, name), relative: path });
          } else if ((type & vscode.FileType.File) !== 0 && (!isLink || (await this.#isContained(root, vscode.Uri.joinPath(uri, name))))) {
            files.push(path);
            if (isLink) this.#linked.push(path);
          }
        }
      }
    };
    // A worker that finds the queue empty while others still read would end early, so rounds go on until nothing is left.
    while (queue.length > 0 && files.length < MAX_FILES) await Promise.all(Array.from({ length: PARALLEL }, visit));
    if (queue.length > 0) notes.push(`The workspace has more than ${MAX_FILES.toLocaleString('en-US')} files; the rest was not searched.`);
    if (unreadable > 0) notes.push(`${unreadable} ${unreadable === 1 ? 'folder' : 'folders'} could not be read.`);
    return { files: files.toSorted(), notes };
  }
}
