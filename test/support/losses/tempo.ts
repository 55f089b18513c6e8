// What Tempo loses of a trace: the reference trace loses nothing. Shared by the unit test over recorded answers and the live suite.
import type { Loss } from '../sameTrace.ts';

export const TEMPO_LOSSES: readonly Loss[] = [];
