// Mocha's spec reporter, which also writes its counts to the file named by TRACEFALL_COUNTS for scripts/test.mjs.
const { appendFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes = 0, failures = 0, pending = 0 } = this.stats;
      if (process.env.TRACEFALL_COUNTS !== undefined) appendFileSync(process.env.TRACEFALL_COUNTS, `${JSON.stringify({ passed: passes, failed: failures, skipped: pending })}\n`);
    });
  }
};
