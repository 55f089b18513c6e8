// Which root operations have slow traces, and from which duration on: analysis/slowRule.ts, with its nearest ranks read off the
// index (operation, duration), so that nothing is sorted. A test holds it to that rule.
import type { StatementSync } from 'node:sqlite';
import type { SlowRule } from '../../protocol/messages.ts';
import type { Database } from './sqlite.ts';

export interface SlowOperation {
  /** Key in `operation`. */
  readonly operation: number;
  readonly medianNs: number;
  /** Slower than this is slow. */
  readonly limitNs: number;
}

export class SlowOperations {
  readonly #counts: StatementSync;
  readonly #ranked: StatementSync;
  readonly #rule: SlowRule;

  constructor(db: Database, rule: SlowRule) {
    this.#rule = rule;
    this.#counts = db.prepare(`
      SELECT t.operation, count(*) AS n FROM trace t GROUP BY t.operation HAVING n >= ?
      AND EXISTS (SELECT 1 FROM operation o WHERE o.id = t.operation AND (o.service <> '' OR o.name <> ''))`);
    this.#ranked = db.prepare('SELECT duration FROM trace WHERE operation = ? ORDER BY duration LIMIT 1 OFFSET ?');
  }

  all(): readonly SlowOperation[] {
    const { minSamples, percentile, factor } = this.#rule;
    return this.#counts.all(Math.max(1, minSamples)).map((row) => {
      const operation = Number(row['operation']);
      const samples = Number(row['n']);
      const nearestRank = (percent: number): number => {
        const rank = Math.ceil((Math.min(100, Math.max(0, percent)) * samples) / 100);
        return Number(this.#ranked.get(operation, Math.max(1, rank) - 1)?.['duration'] ?? 0);
      };
      const medianNs = nearestRank(50);
      return { operation, medianNs, limitNs: Math.max(nearestRank(percentile), factor * medianNs) };
    });
  }
}
