// Adding, editing and duplicating a connection: the wizard's steps with the editor's boxes, the engine's answers, and what this machine
// already runs; saved to the user's settings, secrets to the secret storage.
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ConnectionConfig, ConnectionSecrets } from '../../protocol/connections.ts';
import type { ConnectionBook, ShownConnection } from '../connections/connectionBook.ts';
import { freeId, withConnection } from '../connections/connectionList.ts';
import type { EngineClient } from '../engineClient.ts';
import { askText } from '../notices.ts';
import { saveConnectionSettings } from '../settings.ts';
import type { LocalOffer } from './localSystems.ts';
import { environmentOffers, offered, runningSystems } from './localSystems.ts';
import type { Watch } from './quickInputs.ts';
import { askQuestion, busyBox } from './quickInputs.ts';
import { runWizard } from './wizardRun.ts';
import type { WizardIo, WizardResult } from './wizardRun.ts';
import type { WizardState } from './wizardState.ts';
import { editWizard, newWizard } from './wizardState.ts';
import { folderWizard } from './wizardSteps.ts';

/** As many kinds may be asked, each with its own time limit. */
const DETECT_MS = 120_000;
const TEST_MS = 60_000;
const LOCAL_MS = 5_000;

export interface ConnectionWizardParts {
  readonly engine: EngineClient;
  readonly book: ConnectionBook;
  /** A connection was saved: show it, and the trace whose page it was added by. */
  readonly saved: (id: string, traceId: string | undefined) => Promise<void>;
}

export class ConnectionWizard {
  readonly #parts: ConnectionWizardParts;

  constructor(parts: ConnectionWizardParts) {
    this.#parts = parts;
  }

  async add(): Promise<void> {
    const kinds = await this.#kinds();
    const result = await runWizard(newWizard(kinds), this.#io(true));
    if (result !== undefined) await this.#save(result, this.#newId(result.config.name), undefined);
  }

  /** Its kind, path and name are known: it is tested, and its name is asked for before it is saved. */
  async addFolder(folder: string): Promise<void> {
    const result = await runWizard(folderWizard(await this.#kinds(), folder, path.basename(folder)), this.#io(false));
    if (result !== undefined) await this.#save(result, this.#newId(result.config.name), undefined);
  }

  async edit({ config }: ShownConnection): Promise<void> {
    const [kinds, secrets] = [await this.#kinds(), await this.#parts.book.readSecrets(config)];
    const result = await runWizard(editWizard(kinds, config, secrets), this.#io(false));
    if (result !== undefined) await this.#save(result, config.id, config);
  }

  /** With its secrets; the name is asked for, as there would be two. */
  async duplicate({ config }: ShownConnection): Promise<void> {
    const secrets = await this.#parts.book.readSecrets(config);
    const name = await askText({ title: `Duplicate ${config.name}`, prompt: 'Name of the copy. Its secrets are copied as well.', value: `${config.name} (2)`, validateInput: (value) => (value.trim() === '' ? 'A name is needed.' : undefined) });
    if (name === undefined) return;
    const { id, ...rest } = config;
    await this.#save({ config: { ...rest, name: name.trim() }, secrets }, this.#newId(name), undefined, id);
  }

  async #kinds(): Promise<WizardState['kinds']> {
    const kinds = await this.#parts.engine.call('connectionKinds', {});
    this.#parts.book.takeKinds(kinds);
    return kinds;
  }

  #newId(name: string): string {
    return freeId(name, this.#parts.book.all.map(({ config }) => config.id));
  }

  /** Secrets first: the settings' change makes the engine ask for them. Those of an address that was left go. */
  async #save({ config, secrets, traceId }: WizardResult, id: string, before: ConnectionConfig | undefined, after?: string): Promise<void> {
    const { book, saved } = this.#parts;
    const named: ConnectionConfig = { id, ...config };
    if (before !== undefined) await book.forgetSecrets(before);
    await book.writeSecrets(named, secrets);
    await saveConnectionSettings((raw) => withConnection(raw, named, after));
    await saved(id, traceId);
  }

  #io(offers: boolean): WizardIo {
    const { engine } = this.#parts;
    return {
      ask: (question, state, canGoBack) => askQuestion(question, canGoBack, offers && question.name === 'address' ? this.#offers(state) : undefined),
      busy: busyBox,
      detect: (address, { draft, secrets }, signal) => engine.call('detectConnection', { address, draft, secrets }, signal, DETECT_MS),
      test: (config: Omit<ConnectionConfig, 'id'>, secrets: ConnectionSecrets, signal) => engine.call('testConnection', { connection: { id: 'draft', ...config }, secrets }, signal, TEST_MS),
    };
  }

  /** Asks the ports of this machine while the first page is open. */
  #offers(state: WizardState): Watch {
    const { engine } = this.#parts;
    return (tell) => {
      const controller = new AbortController();
      const found: LocalOffer[] = environmentOffers(state.kinds, process.env, hasDefaultCredentials());
      const draw = (busy: boolean): void => tell({ heading: 'found on this machine', items: found.map((offer) => ({ label: offer.label, description: offer.description, icon: offer.found === undefined ? 'lightbulb' : 'pulse', state: offered(state, offer) })) }, busy);
      draw(true);
      const add = (offer: LocalOffer): void => {
        found.push(offer);
        draw(true);
      };
      const detect = (address: string, signal: AbortSignal): ReturnType<WizardIo['detect']> => engine.call('detectConnection', { address, draft: {}, secrets: {} }, signal, LOCAL_MS);
      void runningSystems(state.kinds, detect, add, controller.signal).finally(() => !controller.signal.aborted && draw(false));
      return { dispose: () => controller.abort() };
    };
  }
}

function hasDefaultCredentials(): boolean {
  const folder = process.platform === 'win32' ? process.env['APPDATA'] : path.join(os.homedir(), '.config');
  return folder !== undefined && existsSync(path.join(folder, 'gcloud', 'application_default_credentials.json'));
}
