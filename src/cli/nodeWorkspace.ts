// A folder of sources on disk as the ladder's WorkspaceAccess (the command line's counterpart of the editor's).
// Nothing outside the folder is listed or read: links are followed to single files only, and only where they stay inside.
import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { SKIPPED_FOLDERS } from '../source/skippedFolders.ts';
import type { FileListing, WorkspaceAccess } from '../source/workspaceFiles.ts';

const MAX_FILES = 300_000;
const READ_AT_ONCE = 16;

export async function nodeWorkspace(folder: string): Promise<WorkspaceAccess> {
  const root = await realpath(folder);
  return {
    roots: [{ path: root, prefix: '' }],
    caseInsensitive: process.platform === 'win32' || process.platform === 'darwin',
    pathMap: [],
    trusted: true,
    listFiles: (signal) => listFiles(root, signal),
    readText: async (file, maxBytes, signal) => {
      signal?.throwIfAborted();
      return readInside(root, file, maxBytes);
    },
  };
}

async function listFiles(root: string, signal: AbortSignal | undefined): Promise<FileListing> {
  const files: string[] = [];
  const unreadable: string[] = [];
  let folders = [''];
  while (folders.length > 0 && files.length < MAX_FILES) {
    signal?.throwIfAborted();
    const batch = folders.slice(0, READ_AT_ONCE);
    const found = await Promise.all(batch.map((folder) => readFolder(root, folder)));
    folders = folders.slice(READ_AT_ONCE);
    for (const [at, listed] of found.entries()) {
      if (listed === undefined) unreadable.push(batch[at]!);
      else {
        for (const file of listed.files) files.push(file);
        for (const folder of listed.folders) folders.push(folder);
      }
    }
  }
  const notes: string[] = [];
  if (folders.length > 0) notes.push(`Only the first ${files.length} files of ${root} were looked at.`);
  if (unreadable.length > 0) notes.push(`${unreadable.length} ${unreadable.length === 1 ? 'folder' : 'folders'} could not be read, the first is ${unreadable[0] === '' ? root : unreadable[0]}.`);
  return { files: files.sort(), notes };
}

async function readFolder(root: string, folder: string): Promise<{ files: string[]; folders: string[] } | undefined> {
  const files: string[] = [];
  const folders: string[] = [];
  let entries;
  try {
    entries = await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
  for (const entry of entries) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!SKIPPED_FOLDERS.has(entry.name)) folders.push(path);
    } else if (entry.isFile() || (entry.isSymbolicLink() && isFileInside(root, path))) files.push(path);
  }
  return { files, folders };
}

/** Folders behind links are not followed: what lies inside is listed where it is, what lies outside is none of ours. */
function isFileInside(root: string, file: string): boolean {
  const real = realInside(root, file);
  return real !== undefined && statSync(real).isFile();
}

function realInside(root: string, file: string): string | undefined {
  try {
    const real = realpathSync.native(join(root, file));
    return real.startsWith(root.endsWith(sep) ? root : root + sep) ? real : undefined;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** Synchronous: for twenty thousand small files the promises cost more than the reading, and a terminal waits anyway. */
function readInside(root: string, file: string, maxBytes: number): string | undefined {
  const real = realInside(root, file);
  if (real === undefined) return undefined;
  let handle;
  try {
    // NONBLOCK: a pipe put in the file's place must not hang us. NOFOLLOW: nor a link put there since.
    handle = openSync(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const found = fstatSync(handle);
    if (!found.isFile() || found.size > maxBytes) return undefined;
    return readFileSync(handle, { encoding: 'utf8' });
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string';
}
