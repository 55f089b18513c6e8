// Files and folders dropped onto the traces view, from the explorer or from outside: what the commands do with them. Nothing is dragged out.
import * as vscode from 'vscode';
import { COMMANDS } from './commandIds.ts';
import { handleDropped, uriList } from './droppedUris.ts';
import { sentence } from './engineClient.ts';
import { tellError } from './notices.ts';
import type { TreeNode } from './treeNodes.ts';

const URI_LIST = 'text/uri-list';

export function traceDrops(log: (message: string) => void): vscode.TreeDragAndDropController<TreeNode> {
  const fails = (error: unknown): void => {
    log(`dropped: ${sentence(error)}`);
    tellError(error);
  };
  return {
    // "files" is what comes from outside, whatever its type.
    dropMimeTypes: [URI_LIST, 'files'],
    dragMimeTypes: [],
    handleDrop: async (_target, transfer) => {
      const uris = await droppedUris(transfer);
      if (uris.length === 0) fails(new Error('What was dropped is no file of this machine. Save it here, then use "Tracefall: Open with Tracefall".'));
      // The commands tell their faults themselves.
      await handleDropped(uris, {
        isFolder,
        openFile: async (uri, keep) => vscode.commands.executeCommand(COMMANDS.openFile, uri, { keep }),
        addFolder: async (uri) => vscode.commands.executeCommand(COMMANDS.addConnection, uri),
        fails,
      });
    },
  };
}

/** The list, else the files themselves: a browser's have no address. */
async function droppedUris(transfer: vscode.DataTransfer): Promise<vscode.Uri[]> {
  const listed = uriList((await transfer.get(URI_LIST)?.asString()) ?? '').map((text) => vscode.Uri.parse(text));
  return listed.length > 0 ? listed : [...transfer].flatMap(([, item]) => item.asFile()?.uri ?? []);
}

async function isFolder(uri: vscode.Uri): Promise<boolean> {
  try {
    return ((await vscode.workspace.fs.stat(uri)).type & vscode.FileType.Directory) !== 0;
  } catch (error) {
    if (error instanceof vscode.FileSystemError) throw new Error(`${uri.scheme === 'file' ? uri.fsPath : uri.toString()} cannot be read.`, { cause: error });
    throw error;
  }
}
