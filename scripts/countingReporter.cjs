// Mocha's spec reporter, which also writes its counts and failures to the file named by TRACEFALL_COUNTS for scripts/test.mjs.
const { appendFileSync } = require('node:fs');
const { reporters } = require('mocha');

/** Of a failure, again at the end of a whole run; the rest stands where the test ran. */
const LINES = 12;

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const failed = [];
    runner.on('fail', (test, error) => failed.push([test.titlePath().join(' › '), ...String(error?.stack ?? error).split('\n').slice(0, LINES)].join('\n')));
    runner.once('end', () => {
      const { passes = 0, failures = 0, pending = 0 } = this.stats;
      if (process.env.TRACEFALL_COUNTS !== undefined) appendFileSync(process.env.TRACEFALL_COUNTS, `${JSON.stringify({ passed: passes, failed: failures, skipped: pending, failures: failed })}\n`);
    });
  }
};
