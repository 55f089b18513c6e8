// What X-Ray's API takes, from the vendor's service model (PyPI botocore 1.44.8, data/xray/2016-04-12/service-2.json): members, which are
// required, types and limits; shapes of other members than strings by name. What the model does not know is refused here, though AWS lets some pass.

type Check = (value: unknown) => boolean;

const string = (min: number, max: number): Check => (value) => typeof value === 'string' && value.length >= min && value.length <= max;
const among = (...words: readonly string[]): Check => (value) => typeof value === 'string' && words.includes(value);
/** Epoch seconds. */
const time: Check = (value) => typeof value === 'number' && value > 0 && value < 4e9;
const listOf = (item: Check, max: number): Check => (value) => Array.isArray(value) && value.length <= max && value.every(item);
const token = string(1, 2000);
const traceId = string(1, 35);

interface Operation {
  readonly action: string;
  readonly required: readonly string[];
  readonly members: Readonly<Record<string, Check>>;
}

/** By path; all are POST. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  '/TraceSummaries': {
    action: 'xray:GetTraceSummaries',
    required: ['StartTime', 'EndTime'],
    members: { StartTime: time, EndTime: time, TimeRangeType: among('TraceId', 'Event', 'Service'), Sampling: (value) => typeof value === 'boolean', FilterExpression: string(1, 2000), NextToken: token },
  },
  // The list's limit of 5 is in the operation's own documentation ("Specify the trace IDs of up to 5").
  '/Traces': { action: 'xray:BatchGetTraces', required: ['TraceIds'], members: { TraceIds: listOf(traceId, 5), NextToken: token } },
  '/StartTraceRetrieval': { action: 'xray:StartTraceRetrieval', required: ['TraceIds', 'StartTime', 'EndTime'], members: { TraceIds: listOf(traceId, 100), StartTime: time, EndTime: time } },
  '/ListRetrievedTraces': { action: 'xray:ListRetrievedTraces', required: ['RetrievalToken'], members: { RetrievalToken: string(0, 1020), TraceFormat: among('XRAY', 'OTEL'), NextToken: token } },
  '/CancelTraceRetrieval': { action: 'xray:CancelTraceRetrieval', required: ['RetrievalToken'], members: { RetrievalToken: string(0, 1020) } },
  '/GetTraceSegmentDestination': { action: 'xray:GetTraceSegmentDestination', required: [], members: {} },
  '/GetIndexingRules': { action: 'xray:GetIndexingRules', required: [], members: { NextToken: token } },
  '/Groups': { action: 'xray:GetGroups', required: [], members: { NextToken: string(1, 100) } },
  '/ServiceGraph': { action: 'xray:GetServiceGraph', required: ['StartTime', 'EndTime'], members: { StartTime: time, EndTime: time, GroupName: string(1, 32), GroupARN: string(1, 400), NextToken: token } },
};

/** A sentence for what the model refuses. */
export function modelProblem({ required, members }: Operation, body: Readonly<Record<string, unknown>>): string | undefined {
  for (const name of required) if (!Object.hasOwn(body, name)) return `Missing required parameter: ${name}`;
  for (const [name, value] of Object.entries(body)) {
    if (!Object.hasOwn(members, name)) return `Unknown parameter: ${name}`;
    if (!members[name]!(value)) return `Invalid value for parameter ${name}: ${JSON.stringify(value)}`;
  }
  const [from, to] = [body['StartTime'], body['EndTime']];
  if (typeof from === 'number' && typeof to === 'number' && from >= to) return 'StartTime must be before EndTime';
  return undefined;
}
