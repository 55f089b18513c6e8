// Langfuse's public API as its vendor defines it, as far as traces are read: parameters and their types, limits, filter columns and
// operators. Taken from langfuse/langfuse fern/apis/server/definition/{trace,observations,scores,scores-v3,sessions,legacy/observations-v1}.yml
// at 62751446149b (4.16.0, 2026-08-22), limits from web/src/features/public-api/types. Pinned: change it with the definition only.

export type ParameterType = 'string' | 'strings' | 'integer' | 'boolean' | 'datetime' | 'level' | 'double' | 'filter' | 'groups';

export interface Endpoint {
  /** `{}` stands for an id. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, ParameterType>>;
  readonly maxLimit?: number;
  /** Field groups; unknown ones are ignored, but for scores (400). */
  readonly groups?: readonly string[];
  /** Of the traces and observations tables, which events_only does not have. */
  readonly legacy: boolean;
  readonly filter?: 'traces' | 'observations';
}

const TRACE_GROUPS = ['core', 'io', 'scores', 'observations', 'metrics'];

export const ENDPOINTS: readonly Endpoint[] = [
  { path: '/api/public/health', parameters: {}, legacy: false },
  {
    path: '/api/public/traces',
    parameters: {
      page: 'integer', limit: 'integer', userId: 'string', name: 'string', sessionId: 'string', fromTimestamp: 'datetime', toTimestamp: 'datetime', orderBy: 'string', tags: 'strings', version: 'string', release: 'string',
      environment: 'strings', fields: 'groups', filter: 'filter',
    },
    maxLimit: 100, groups: TRACE_GROUPS, legacy: true, filter: 'traces',
  },
  { path: '/api/public/traces/{}', parameters: { fields: 'groups' }, groups: TRACE_GROUPS, legacy: true },
  {
    path: '/api/public/observations',
    parameters: {
      page: 'integer', limit: 'integer', name: 'string', userId: 'string', type: 'string', traceId: 'string', level: 'level', parentObservationId: 'string', environment: 'strings', fromStartTime: 'datetime', toStartTime: 'datetime',
      version: 'string', filter: 'filter',
    },
    maxLimit: 100, legacy: true, filter: 'observations',
  },
  {
    path: '/api/public/v2/observations',
    parameters: {
      fields: 'groups', expandMetadata: 'string', limit: 'integer', cursor: 'string', parseIoAsJson: 'boolean', name: 'string', userId: 'string', sessionId: 'string', type: 'string', traceId: 'string', level: 'level',
      parentObservationId: 'string', isRootObservation: 'boolean', environment: 'strings', fromStartTime: 'datetime', toStartTime: 'datetime', version: 'string', filter: 'filter',
    },
    maxLimit: 1000, groups: ['core', 'basic', 'time', 'io', 'metadata', 'model', 'usage', 'prompt', 'metrics', 'trace_context'], legacy: false, filter: 'observations',
  },
  {
    path: '/api/public/v2/scores',
    parameters: {
      page: 'integer', limit: 'integer', userId: 'string', name: 'string', fromTimestamp: 'datetime', toTimestamp: 'datetime', environment: 'strings', source: 'string', operator: 'string', value: 'double', scoreIds: 'string',
      configId: 'string', sessionId: 'string', datasetRunId: 'string', traceId: 'string', observationId: 'string', queueId: 'string', dataType: 'string', traceTags: 'strings', fields: 'groups', filter: 'filter',
    },
    maxLimit: 100, groups: ['score', 'trace'], legacy: false,
  },
  {
    path: '/api/public/v3/scores',
    parameters: {
      limit: 'integer', cursor: 'string', fields: 'groups', id: 'string', name: 'string', source: 'string', dataType: 'string', environment: 'string', configId: 'string', queueId: 'string', authorUserId: 'string', value: 'string',
      valueMin: 'double', valueMax: 'double', traceId: 'string', sessionId: 'string', observationId: 'string', experimentId: 'string', fromTimestamp: 'datetime', toTimestamp: 'datetime',
    },
    maxLimit: 100, groups: ['details', 'subject', 'annotation'], legacy: false,
  },
];

export const LEVELS: readonly string[] = ['DEBUG', 'DEFAULT', 'WARNING', 'ERROR'];

/** type → operators. */
export const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  datetime: ['>', '<', '>=', '<='],
  string: ['=', 'contains', 'does not contain', 'starts with', 'ends with'],
  stringOptions: ['any of', 'none of'],
  categoryOptions: ['any of', 'none of'],
  arrayOptions: ['any of', 'none of', 'all of'],
  number: ['=', '>', '<', '>=', '<='],
  stringObject: ['=', 'contains', 'does not contain', 'starts with', 'ends with'],
  numberObject: ['=', '>', '<', '>=', '<='],
  boolean: ['=', '<>'],
  null: ['is null', 'is not null'],
};

/** column → type, as the filter's documentation lists them; `string` columns take stringOptions too. */
export const COLUMNS: Readonly<Record<'traces' | 'observations', Readonly<Record<string, string>>>> = {
  traces: {
    id: 'string', name: 'string', timestamp: 'datetime', userId: 'string', sessionId: 'string', environment: 'string', version: 'string', release: 'string', tags: 'arrayOptions', bookmarked: 'boolean', metadata: 'stringObject',
    latency: 'number', inputTokens: 'number', outputTokens: 'number', totalTokens: 'number', inputCost: 'number', outputCost: 'number', totalCost: 'number', level: 'string', warningCount: 'number', errorCount: 'number', defaultCount: 'number',
    debugCount: 'number',
  },
  observations: {
    id: 'string', type: 'string', name: 'string', traceId: 'string', startTime: 'datetime', endTime: 'datetime', environment: 'string', level: 'string', statusMessage: 'string', version: 'string', userId: 'string', sessionId: 'string',
    isRootObservation: 'boolean', traceName: 'string', traceTags: 'arrayOptions', tags: 'arrayOptions', latency: 'number', timeToFirstToken: 'number', tokensPerSecond: 'number', inputTokens: 'number', outputTokens: 'number',
    totalTokens: 'number', inputCost: 'number', outputCost: 'number', totalCost: 'number', model: 'string', promptName: 'string', promptVersion: 'number', input: 'string', output: 'string', metadata: 'stringObject',
  },
};

export const EVENTS_ONLY = 'This endpoint is not available on deployments running in Langfuse v4 events_only mode. Learn more about Langfuse v4 at: https://langfuse.com/docs/v4';
export const NO_PREVIEW = 'The observations v2 API is only available in a Langfuse v4 write mode. Learn more at: https://langfuse.com/docs/v4';
