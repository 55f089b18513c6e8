// Notifications, questions and boxes of the editor, which draw `[words](command:…)` as a link that runs the command. What they say may be a
// server's or a file's, so none of it becomes a link. The wizard's boxes are quickInputs.ts's; nobody else asks the editor for one.
import * as vscode from 'vscode';
import { sentence } from './engineClient.ts';
import { promptText, withoutLinks } from './plainText.ts';

export function tellError(error: unknown): void {
  void vscode.window.showErrorMessage(withoutLinks(sentence(error)));
}

/** undefined: Escape. */
export async function askModal(look: 'warning' | 'information', message: string, detail: string, ...answers: readonly string[]): Promise<string | undefined> {
  const show = look === 'warning' ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  return show(withoutLinks(message), { modal: true, detail: withoutLinks(detail) }, ...answers);
}

export interface TextBox {
  readonly title: string;
  readonly prompt: string;
  readonly value?: string;
  /** What is wrong with it. */
  readonly validateInput?: (value: string) => string | undefined;
}

/** undefined: Escape. */
export async function askText({ title, prompt, value, validateInput }: TextBox): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title,
    prompt: promptText(prompt),
    // What is typed here is often copied elsewhere first: an id from a terminal, a name from the code.
    ignoreFocusOut: true,
    ...(value === undefined ? {} : { value }),
    validateInput: (typed) => {
      const problem = validateInput?.(typed);
      return problem === undefined ? undefined : promptText(problem);
    },
  });
}

export async function withProgress<T>(options: vscode.ProgressOptions & { readonly title: string }, work: (token: vscode.CancellationToken) => Promise<T>): Promise<T> {
  return vscode.window.withProgress({ ...options, title: withoutLinks(options.title) }, (_progress, token) => work(token));
}
