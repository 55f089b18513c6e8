// What Zipkin loses of a trace that was sent in its own format.
import type { Loss } from '../sameTrace.ts';

export const ZIPKIN_LOSSES: readonly Loss[] = [{ what: 'Names are lower case.', paths: /\/name$/, becomes: (value) => value.toLowerCase(), absent: (raw, _path, value) => !raw.includes(`"name":${JSON.stringify(value)}`) }];
