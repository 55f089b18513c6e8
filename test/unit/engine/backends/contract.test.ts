// The contract of every tracing system (support/contract/rows.ts) with those that need no server: strict fakes and recorded answers. Servers
// that can be had run the same rows in test/live/contract.live.ts.
import { FAKES } from '../../../support/contract/fakes.ts';
import { RECORDED } from '../../../support/contract/recorded.ts';
import { describeContract } from '../../../support/contract/system.ts';

for (const system of [...FAKES, ...RECORDED]) describeContract(system);
