// What Jaeger loses of a trace, by the API that reads it. v3 loses nothing; v1 is Jaeger's own model of tags.
import { type Loss, notIn } from '../sameTrace.ts';

export const JAEGER_V3_LOSSES: readonly Loss[] = [];

const toMicroseconds = (value: string): string => String(Math.floor(Number(value) / 1000) * 1000);
