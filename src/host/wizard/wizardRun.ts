// Drives the wizard: steps from wizardSteps.ts, answers from whoever asks, work done by the engine; "Back" is the state before.
// Must not know the editor: the tests answer in its place.
import type { ConnectionConfig, ConnectionSecrets, DetectedConnection, TestedConnection } from '../../protocol/connections.ts';
import { afterDetection, afterTest, answer, nextStep } from './wizardSteps.ts';
import type { Question, WizardState } from './wizardState.ts';
import { detected, finished } from './wizardState.ts';

/** A text, or a state that takes the place of this one (something that was found on this machine). */
export type Answer = { readonly value: string } | { readonly state: WizardState } | 'back' | undefined;

export interface WizardIo {
  /** undefined: the user left. */
  ask(question: Question, state: WizardState, canGoBack: boolean): Promise<Answer>;
  /** Shows what is being done; `undefined` where it was cancelled. */
  busy<T>(says: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined>;
  detect(address: string, state: WizardState, signal: AbortSignal): Promise<DetectedConnection>;
  test(config: Omit<ConnectionConfig, 'id'>, secrets: ConnectionSecrets, signal: AbortSignal): Promise<TestedConnection>;
}

export interface WizardResult {
  readonly config: Omit<ConnectionConfig, 'id'>;
  readonly secrets: ConnectionSecrets;
  /** It was added by this trace's page. */
  readonly traceId?: string;
}

/** undefined: the user left, and nothing is saved. */
export async function runWizard(start: WizardState, io: WizardIo): Promise<WizardResult | undefined> {
  const before: WizardState[] = [];
  let state = start;
  for (;;) {
    const step = nextStep(state);
    if (step.kind === 'work') {
      if (step.name === 'save') return resultOf(state);
      const done = step.name === 'detect' ? await detect(state, step.says, io) : await test(state, step.says, io);
      const next = done ?? before.pop();
      if (next === undefined) return undefined;
      state = next;
      continue;
    }
    const given = await io.ask(step, state, before.length > 0);
    if (given === undefined) return undefined;
    if (given === 'back') {
      state = before.pop() ?? state;
      continue;
    }
    before.push(state);
    state = 'state' in given ? given.state : answer(state, step.name, given.value);
  }
}

function resultOf(state: WizardState): WizardResult {
  const config = finished(state);
  if (config === undefined) throw new Error('The connection has no kind or no name, so it cannot be saved.');
  return { config, secrets: state.secrets, ...(state.traceId === undefined ? {} : { traceId: state.traceId }) };
}

async function detect(state: WizardState, says: string, io: WizardIo): Promise<WizardState | undefined> {
  const found = await io.busy(says, (signal) => orProblem(() => io.detect(state.address ?? '', state, signal), signal, (problem) => ({ tried: [problem] })));
  return found === undefined ? undefined : afterDetection(detected(state, found));
}

async function test(state: WizardState, says: string, io: WizardIo): Promise<WizardState | undefined> {
  const { config } = resultOf(state);
  const tested = await io.busy(says, (signal) => orProblem(() => io.test(config, state.secrets, signal), signal, (problem): TestedConnection => ({ problem, notes: [], choices: {} })));
  return tested === undefined ? undefined : afterTest(state, tested);
}

/** What goes wrong on the way is told like what a server says. */
async function orProblem<T>(work: () => Promise<T>, signal: AbortSignal, as: (problem: string) => T): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted) return undefined;
    return as(error instanceof Error ? error.message : String(error));
  }
}
