// Refreshing by itself: three windows over ten simulated minutes, every request counted. One refresh an interval for all of them
// together, none of what is metered, hidden or folded, and a window that dies holds nobody up.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setImmediate as macrotask } from 'node:timers/promises';
import { ConnectionBranch } from '../../../../src/host/connectionBranch.ts';
import { Poller, refreshInterval } from '../../../../src/host/connections/poller.ts';
import type { Polled } from '../../../../src/host/connections/poller.ts';
import { fileTurns, mayGo, takeTurn } from '../../../../src/host/connections/pollTurn.ts';
import type { Turn, TurnStore } from '../../../../src/host/connections/pollTurn.ts';
import type { GroupName } from '../../../../src/host/traceRows.ts';
import type { ListQuery } from '../../../../src/protocol/messages.ts';

const SECOND = 1000;
const TICK_MS = 5 * SECOND;
const MINUTES = 10;

/** A file that all windows share, whose readers and writers take turns as real ones may. */
class SharedTurns implements TurnStore {
  readonly turns = new Map<string, Turn>();
  broken = false;
  async read(connection: string): Promise<Turn | undefined> {
    await macrotask();
    if (this.broken) throw new Error('the disk is gone');
    return this.turns.get(connection);
  }
  async write(connection: string, turn: Turn): Promise<void> {
    await macrotask();
    this.turns.set(connection, turn);
  }
  async settle(): Promise<void> {
    for (let n = 0; n < 10; n++) await macrotask();
  }
}

interface Window {
  readonly name: string;
  focused: boolean;
  visible: boolean;
  alive: boolean;
  readonly polls: number[];
  readonly poller: Poller;
}

class Simulation {
  now = 1_000_000;
  readonly turns = new SharedTurns();
  readonly windows: Window[] = [];
  readonly log: string[] = [];

  window(name: string, polled: () => readonly Omit<Polled, 'refresh'>[], seed: number): Window {
    let state = seed;
    const made: Window = {
      name, focused: false, visible: true, alive: true, polls: [],
      poller: new Poller({
        window: name,
        turns: this.turns,
        polled: () => (made.visible ? polled().map((one) => ({ ...one, refresh: () => made.polls.push(this.now) })) : []),
        focused: () => made.focused,
        now: () => this.now,
        random: () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647,
        log: (message) => this.log.push(message),
      }),
    };
    this.windows.push(made);
    return made;
  }

  async run(minutes: number, each: (minute: number) => void = () => undefined): Promise<void> {
    for (let ms = 0; ms < minutes * 60 * SECOND; ms += TICK_MS) {
      each(ms / 60_000);
      // Windows were opened at different moments.
      await Promise.all(this.windows.filter(({ alive }) => alive).map(({ poller }) => poller.tick()));
      this.now += TICK_MS;
    }
  }

  get polls(): number[] {
    return this.windows.flatMap(({ polls }) => polls).toSorted((a, b) => a - b);
  }
}

const CONNECTION = { id: 'team', intervalMs: 30 * SECOND };
const gaps = (polls: readonly number[]): number[] => polls.slice(1).map((at, i) => at - polls[i]!);

describe('host/connections/poller', () => {
  it('three windows in ten minutes ask at most as often as one', async () => {
    const simulation = new Simulation();
    const windows = [7, 11, 13].map((seed, n) => simulation.window(`w${n}`, () => [CONNECTION], seed));
    windows[1]!.focused = true;
    await simulation.run(MINUTES);
    const { polls } = simulation;
    assert.ok(polls.length >= 14 && polls.length <= (MINUTES * 60) / 30, `${polls.length} refreshes`);
    assert.ok(gaps(polls).every((gap) => gap >= 30 * SECOND), gaps(polls).join());
    assert.ok(windows[1]!.polls.length >= polls.length - 1, `the one that is looked at goes, but perhaps for the first time: ${windows.map((window) => window.polls.length).join()}`);
  });

  it('follows the focus, and goes on when the window that asked is gone', async () => {
    const simulation = new Simulation();
    const [first, second] = [simulation.window('first', () => [CONNECTION], 3), simulation.window('second', () => [CONNECTION], 5)];
    first.focused = true;
    await simulation.run(6, (minute) => {
      if (minute < 3) return;
      first.alive = false;
      first.focused = false;
    });
    assert.ok(first.polls.length >= 4 && second.polls.length >= 3, `${first.polls.length} and ${second.polls.length}`);
    const last = first.polls.at(-1)!;
    const wait = second.polls.find((at) => at > last)! - last;
    assert.ok(wait >= 30 * SECOND && wait <= 90 * SECOND, `${wait} ms without a refresh`);
  });

  it('windows that look at the same moment do not all go', async () => {
    const simulation = new Simulation();
    const asked = await Promise.all(['a', 'b', 'c'].map((window) => takeTurn(simulation.turns, 'team', { window, atMs: simulation.now }, 30 * SECOND, true)));
    assert.equal(asked.filter(Boolean).length, 1);
  });

  it('asks for nothing while the view is hidden, and not at once when it is shown again', async () => {
    const simulation = new Simulation();
    const window = simulation.window('w', () => [CONNECTION], 7);
    const shownAt = simulation.now + 5 * 60 * SECOND;
    await simulation.run(MINUTES, (minute) => {
      window.visible = minute >= 5;
    });
    assert.ok(window.polls.length >= 5 && window.polls[0]! >= shownAt + 30 * SECOND, window.polls.join());
  });

  it('jitters, and waits anew after the user refreshed', async () => {
    const simulation = new Simulation();
    const [window, other] = [simulation.window('w', () => [CONNECTION], 7), simulation.window('other', () => [{ ...CONNECTION, id: 'other' }], 99)];
    await simulation.run(MINUTES);
    assert.notDeepEqual(window.polls, other.polls);
    const at = simulation.now;
    window.poller.refreshed('team');
    await simulation.run(1);
    assert.ok(window.polls.filter((poll) => poll >= at).every((poll) => poll >= at + 30 * SECOND));
  });

  it('does not ask where it cannot be known whether another window does', async () => {
    const simulation = new Simulation();
    const window = simulation.window('w', () => [CONNECTION], 7);
    simulation.turns.broken = true;
    await simulation.run(3);
    assert.deepEqual([window.polls, simulation.log[0]], [[], 'It is not known whether another window refreshes team, so this one does not: the disk is gone']);
    assert.ok(simulation.log.length <= 6, `${simulation.log.length} lines in the log`);
  });

  it('counts requests: expanded groups of three windows, marked as unasked', async () => {
    const simulation = new Simulation();
    const queries: ListQuery[] = [];
    const branches: ConnectionBranch[] = [];
    for (const name of ['a', 'b', 'c']) {
      const branch = new ConnectionBranch({
        id: 'team', live: false, ready: () => true, changed: () => undefined, loaded: () => undefined, log: () => undefined,
        list: async (query) => (queries.push(query), { traces: [], notes: [] }),
      });
      branches.push(branch);
      branch.setVisible(true);
      branch.setExpanded(undefined, true);
      branch.setExpanded('slow', false);
      const { poller } = simulation.window(name, () => [], name.charCodeAt(0));
      void poller;
      const made = new Poller({
        window: name, turns: simulation.turns, polled: () => (branch.expanded ? [{ ...CONNECTION, refresh: () => branch.refreshSoon(0, true) }] : []), focused: () => name === 'b', now: () => simulation.now, random: () => 0.5, log: () => undefined,
      });
      simulation.windows.push({ name, focused: false, visible: true, alive: true, polls: [], poller: made });
    }
    await eventually(() => queries.length >= 9);
    const opened = queries.length;
    for (let ms = 0; ms < MINUTES * 60 * SECOND; ms += TICK_MS) {
      await Promise.all(simulation.windows.map(({ poller }) => poller.tick()));
      await new Promise((resolve) => setTimeout(resolve, 2));
      simulation.now += TICK_MS;
    }
    const byItself = queries.slice(opened);
    const groups = (of: readonly ListQuery[]): GroupName[] => [...new Set(of.map(({ group }) => group))].toSorted();
    // 600 s / (30 s + 10 % jitter, on the next tick of 5 s) = 17 refreshes of three groups.
    assert.ok(byItself.length >= 3 * 14 && byItself.length <= 3 * 20, `${byItself.length} requests`);
    assert.deepEqual([groups(byItself), byItself.every(({ background }) => background === true), queries.slice(0, opened).every(({ background }) => background === undefined)], [['errors', 'pinned', 'recent'], true, true]);
    for (const branch of branches) branch.dispose();
  });

  const intervals: readonly (readonly [refreshSeconds: number | undefined, metered: boolean | undefined, ms: number | undefined])[] = [
    [undefined, false, 30_000], [undefined, true, undefined], [undefined, undefined, undefined], [0, false, undefined], [0, true, undefined], [5, false, 30_000], [120, false, 120_000], [120, true, 120_000], [45, undefined, 45_000],
  ];
  for (const [refreshSeconds, metered, ms] of intervals) {
    it(`refreshSeconds ${refreshSeconds}, ${metered === undefined ? 'kind unknown' : metered ? 'metered' : 'not metered'}: ${ms === undefined ? 'never' : `every ${ms} ms`}`, () => {
      assert.equal(refreshInterval(refreshSeconds === undefined ? {} : { refreshSeconds }, metered === undefined ? undefined : { metered }), ms);
    });
  }
});

async function eventually(check: () => boolean): Promise<void> {
  for (let n = 0; n < 200 && !check(); n++) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(check());
}

describe('host/connections/pollTurn', () => {
  const last = { window: 'a', atMs: 100_000 };
  const rows: readonly (readonly [last: Turn | undefined, nowMs: number, focused: boolean, go: boolean])[] = [
    [undefined, 0, false, true], [last, 129_999, true, false], [last, 130_000, true, true], [last, 130_000, false, false], [last, 145_000, false, true], [last, 50_000, false, true],
  ];
  for (const [before, nowMs, focused, go] of rows) it(`${before === undefined ? 'never' : 'at 100 s'}, now ${nowMs} ms, ${focused ? 'focused' : 'not focused'}: ${go}`, () => assert.equal(mayGo(before, nowMs, 30_000, focused), go));

  it('is a file that windows share, whatever the connection is called, and damage is no turn', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'tracefall-turns-'));
    try {
      const [one, two] = [fileTurns(path.join(folder, 'new')), fileTurns(path.join(folder, 'new'))];
      assert.equal(await one.read('../../etc/passwd'), undefined);
      await one.write('../../etc/passwd', last);
      assert.deepEqual(await two.read('../../etc/passwd'), last);
      assert.equal(await two.read('other'), undefined);
      const [file, ...others] = readdirSync(path.join(folder, 'new'));
      assert.deepEqual([/^[0-9a-f]{32}\.json$/.test(file!), others], [true, []]);
      for (const damage of ['', '{', 'null', '{"window":7,"atMs":1}', '{"window":"a"}']) {
        writeFileSync(path.join(folder, 'new', file!), damage);
        assert.equal(await one.read('../../etc/passwd'), undefined, damage);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
