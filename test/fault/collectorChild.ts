// A collector in a process of its own, for tests that kill it. Argument: JSON of CollectorOptions. Prints each state as a line of JSON.
import { startCollector, type CollectorOptions } from '../../src/engine/collector/collector.ts';

const print = (state: unknown): void => void process.stdout.write(`${JSON.stringify(state)}\n`);
const options = JSON.parse(process.argv[2] ?? '{}') as CollectorOptions;
const collector = await startCollector({ ...options, stateChanged: print });
print(collector.state);
process.on('SIGTERM', () => void collector.close().then(() => process.exit(0)));
// Ends with the test that started it, however that ends.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
