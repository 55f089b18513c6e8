// The wizard's questions as quick picks and input boxes of the editor. Thin: draws a question, answers a text, knows no step. Secrets are
// typed into password boxes; texts of others are drawn without icons and links.
import * as vscode from 'vscode';
import { promptText, withoutIcons } from '../plainText.ts';
import type { PickItem, PickQuestion, Question, TextQuestion, WizardState } from './wizardState.ts';
import type { Answer } from './wizardRun.ts';

type Item = vscode.QuickPickItem & { readonly answer?: Exclude<Answer, undefined> };

/** More rows for a pick, which may come while it is open. */
export interface MoreItems {
  readonly heading: string;
  readonly items: readonly { readonly label: string; readonly description: string; readonly icon: string; readonly state: WizardState }[];
}
export type Watch = (tell: (more: MoreItems, busy: boolean) => void) => vscode.Disposable;

export function askQuestion(question: Question, canGoBack: boolean, watch?: Watch): Promise<Answer> {
  return question.kind === 'pick' ? askPick(question, canGoBack, watch) : askText(question, canGoBack);
}

function askPick(question: PickQuestion, canGoBack: boolean, watch: Watch | undefined): Promise<Answer> {
  const pick = vscode.window.createQuickPick<Item>();
  const items = question.items.flatMap(itemsOf);
  let more: Item[] = [];
  pick.title = question.title;
  pick.placeholder = question.placeholder;
  if (question.prompt !== undefined) pick.prompt = promptText(question.prompt);
  pick.ignoreFocusOut = true;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  const draw = (): void => {
    const typed = pick.value.trim();
    const own: Item[] = question.free === true && typed !== '' ? [{ label: `Use "${withoutIcons(typed)}"`, iconPath: new vscode.ThemeIcon('arrow-right'), alwaysShow: true, answer: { value: typed } }] : [];
    pick.items = [...own, ...more, ...items];
  };
  draw();
  return shown(pick, canGoBack, (done) => {
    if (question.free === true) pick.onDidChangeValue(draw);
    const watching = watch?.(({ heading, items: found }, busy) => {
      pick.busy = busy;
      more = found.length === 0 ? [] : [{ label: heading, kind: vscode.QuickPickItemKind.Separator }, ...found.map(({ label, description, icon, state }) => ({ label: withoutIcons(label), description: withoutIcons(description), iconPath: new vscode.ThemeIcon(icon), answer: { state } }))];
      draw();
    });
    pick.onDidAccept(() => {
      const typed = pick.value.trim();
      // Who types and presses Enter at once is faster than the row that offers what was typed.
      const chosen = pick.selectedItems[0]?.answer ?? (question.free === true && typed !== '' ? { value: typed } : undefined);
      if (chosen !== undefined) done(chosen);
    });
    return watching;
  });
}

function itemsOf({ value, label, description, detail, icon, heading }: PickItem): Item[] {
  const item: Item = {
    label: withoutIcons(label),
    ...(description === undefined ? {} : { description: withoutIcons(description) }),
    ...(detail === undefined ? {} : { detail: withoutIcons(detail) }),
    ...(icon === undefined ? {} : { iconPath: new vscode.ThemeIcon(icon) }),
    answer: { value },
  };
  return heading === undefined ? [item] : [{ label: heading, kind: vscode.QuickPickItemKind.Separator }, item];
}

function askText(question: TextQuestion, canGoBack: boolean): Promise<Answer> {
  const box = vscode.window.createInputBox();
  box.title = question.title;
  box.prompt = promptText(question.prompt);
  box.value = question.value;
  box.password = question.secret;
  box.ignoreFocusOut = true;
  if (question.placeholder !== undefined) box.placeholder = question.placeholder;
  return shown(box, canGoBack, (done) => {
    box.onDidChangeValue(() => {
      box.validationMessage = undefined;
    });
    box.onDidAccept(() => {
      const problem = question.check(box.value);
      box.validationMessage = problem === undefined ? undefined : promptText(problem);
      if (problem === undefined) done({ value: box.value });
    });
    return undefined;
  });
}

function shown(input: vscode.QuickPick<Item> | vscode.InputBox, canGoBack: boolean, listen: (done: (answer: Answer) => void) => vscode.Disposable | undefined): Promise<Answer> {
  if (canGoBack) input.buttons = [vscode.QuickInputButtons.Back];
  return new Promise((resolve) => {
    const finish = (answer: Answer): void => {
      resolve(answer);
      listening?.dispose();
      input.dispose();
    };
    const listening = listen(finish);
    input.onDidTriggerButton((button) => button === vscode.QuickInputButtons.Back && finish('back'));
    input.onDidHide(() => finish(undefined));
    input.show();
  });
}

/** Something takes its time: a box that says what, and Escape gives it up. */
export async function busyBox<T>(says: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const controller = new AbortController();
  const pick = vscode.window.createQuickPick();
  pick.title = `${withoutIcons(says)} …`;
  pick.placeholder = 'Escape gives it up';
  pick.busy = true;
  pick.enabled = false;
  pick.ignoreFocusOut = true;
  pick.onDidHide(() => controller.abort());
  pick.show();
  try {
    const done = await work(controller.signal);
    return controller.signal.aborted ? undefined : done;
  } finally {
    pick.dispose();
  }
}
