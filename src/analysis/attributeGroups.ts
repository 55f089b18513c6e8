// Attributes in the groups people look for, by the prefix of their key (OpenTelemetry semantic conventions, and the common
// model-tracing dialects). Order within a group is the sender's. Pure.

export interface AttributeGroup {
  readonly title: string;
  /** Indices into the list that was given. */
  readonly indices: readonly number[];
}

const GROUPS: readonly { readonly title: string; readonly prefixes: readonly string[] }[] = [
  { title: 'GenAI', prefixes: ['gen_ai.', 'llm.', 'ai.', 'openinference.', 'retrieval.', 'embedding.', 'reranker.', 'input.', 'output.', 'langfuse.', 'traceloop.'] },
  { title: 'Database', prefixes: ['db.'] },
  { title: 'HTTP', prefixes: ['http.', 'url.', 'user_agent.'] },
  { title: 'RPC', prefixes: ['rpc.', 'grpc.'] },
  { title: 'Messaging', prefixes: ['messaging.'] },
  { title: 'Network', prefixes: ['server.', 'client.', 'network.', 'net.', 'peer.', 'tls.', 'dns.'] },
  { title: 'Error', prefixes: ['error.', 'exception.'] },
  { title: 'Code', prefixes: ['code.', 'thread.'] },
];

/** Empty groups are absent; what fits none is "Other", last. */
export function groupAttributes(keys: readonly string[]): AttributeGroup[] {
  const byTitle = new Map<string, number[]>(GROUPS.map((group) => [group.title, []]));
  const other: number[] = [];
  keys.forEach((key, index) => {
    const group = GROUPS.find(({ prefixes }) => prefixes.some((prefix) => key.startsWith(prefix) || key === prefix.slice(0, -1)));
    (group === undefined ? other : byTitle.get(group.title)!).push(index);
  });
  return [...[...byTitle].map(([title, indices]) => ({ title, indices })), { title: 'Other', indices: other }].filter((group) => group.indices.length > 0);
}
