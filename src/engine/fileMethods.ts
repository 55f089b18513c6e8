// A trace file opened by itself ("Open with Tracefall"): its traces, as keys that open again from the same file. Needs no connection.
import type { EngineMethods, ListedTrace } from '../protocol/messages.ts';
import type { Handlers } from '../protocol/rpc.ts';
import type { OpenedFiles } from './backends/files.ts';
import { OPENED_FILE } from './backends/registry.ts';
import { wireSummary } from './wireSummary.ts';

export type FileMethodName = 'openFile';

export function fileMethods(files: OpenedFiles): Handlers<Pick<EngineMethods, FileMethodName>> {
  return {
    openFile: async ({ path }, signal) => {
      const { traces, notes } = await files.list(path, signal);
      const listed = traces.map(({ summary }): ListedTrace => ({ key: { connection: OPENED_FILE, traceId: summary.traceId, scope: path }, summary: wireSummary(summary), pinned: false, note: '' }));
      return { traces: listed, total: listed.length, notes };
    },
  };
}
