// What a person does at the workbench, over Playwright: looks, clicks, types. Knows VS Code's page, not the tests.
// Arguments and answers are plain values, so that a suite inside the extension host can ask for them over HTTP (userServer.ts).
import path from 'node:path';
import type { FrameLocator, JSHandle, Locator, Page } from 'playwright-core';
import { again } from './wait.ts';

export interface WaterfallRow {
  readonly text: string;
  readonly level: number;
  readonly selected: boolean;
}
export interface Tab {
  readonly label: string;
  readonly preview: boolean;
  readonly active: boolean;
}

/** What a page makes drags of. */
interface DragDom {
  readonly DataTransfer: new () => { setData(type: string, data: string): void; readonly items: { add(file: object): void } };
  readonly File: new (parts: readonly string[], name: string) => object;
}

/** What asks something; not the palette, which stays on show for a moment after it was used, and hears nothing then. */
const INPUT = '.quick-input-widget:visible:not([inert]) input.input:not([aria-label^="Type the name of a command"])';
const QUESTION = `.monaco-dialog-box, ${INPUT}`;
const MENU_TRIES = 4;
const MENU_MS = 5_000;
const FOCUS_TRIES = 50;
const FOCUS_MS = 1_000;

export class User {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Opens the traces view, if it is not open. */
  async showTraces(): Promise<void> {
    const title = this.#page.locator('.sidebar .composite.title h2', { hasText: /tracefall/i });
    const action = this.#page.locator('.activitybar a.action-label[aria-label^="Tracefall"]');
    await action.waitFor();
    // A click while the workbench restores the view hides it again.
    for (let tries = 0; tries < 10 && !(await title.isVisible()); tries++) {
      await action.click();
      await title.waitFor({ timeout: 3_000 }).catch(() => undefined);
    }
    await title.waitFor();
  }

  /** The tree's rows as `label | description`, indented by level. */
  async rows(): Promise<string[]> {
    return this.#page.locator('.sidebar .monaco-list-row').evaluateAll((elements) =>
      elements
        .toSorted((a, b) => Number(a.getAttribute('data-index')) - Number(b.getAttribute('data-index')))
        .map((row) => `${'  '.repeat(Math.max(0, Number(row.getAttribute('aria-level')) - 1))}${row.querySelector('.label-name')?.textContent ?? ''} | ${row.querySelector('.label-description')?.textContent ?? ''}`),
    );
  }

  #row(text: string, nth = 0): Locator {
    return this.#page.locator('.sidebar .monaco-list-row', { hasText: text }).nth(nth);
  }

  async clickRow(text: string, nth = 0): Promise<void> {
    await this.#row(text, nth).locator('.label-name').click();
  }

  /** Expands or collapses it, and selects nothing. */
  async toggleRow(text: string): Promise<void> {
    await this.#row(text).locator('.monaco-tl-twistie').click();
  }

  async doubleClickRow(text: string, nth = 0): Promise<void> {
    await this.#row(text, nth).locator('.label-name').dblclick();
  }

  /** Opens it again when something took the focus and so closed it before the entry was pressed. */
  async contextMenu(text: string, item: string, nth = 0): Promise<void> {
    await again(() => this.#pickFromMenu(text, item, nth), () => this.press('Escape'));
  }

  /** An entry that asks before it does anything: picked again where the menu closed under the key, and nothing asked. */
  async contextMenuAsks(text: string, item: string): Promise<void> {
    await this.#untilAsked(() => this.contextMenu(text, item));
  }

  /** A command that asks before it does anything: run again where something took the focus, and so closed the question. */
  async commandAsks(title: string): Promise<void> {
    await this.#untilAsked(() => this.command(title));
  }

  /** As commandAsks, and answers what is asked; again where the question was closed before it was answered. */
  async commandAnswered(title: string, text: string): Promise<void> {
    const box = this.#page.locator(INPUT);
    await again(async () => {
      await this.commandAsks(title);
      await box.fill(text, { timeout: MENU_MS });
      await box.press('Enter', { timeout: MENU_MS });
    });
  }

  /**
   * A tree that was just drawn anew takes the focus back while a question opens (vscode's treeView.ts, doRefresh), which closes it. The tree
   * knows that the focus left it a timer after it did (dom.ts, FocusTracker): what still has it a timer later stays.
   */
  async #untilAsked(act: () => Promise<void>): Promise<void> {
    const question = this.#page.locator(QUESTION).first();
    // The last one, answered, may still be on show; one that nobody answered is given up.
    await question.waitFor({ state: 'hidden', timeout: MENU_MS }).catch(() => this.press('Escape'));
    await again(async () => {
      await act();
      await question.waitFor({ timeout: MENU_MS });
      const stays = await question.evaluate(async (element, tries) => {
        const asked = element.closest('.quick-input-widget') ?? element;
        const hasFocus = (): boolean => asked.contains(element.ownerDocument.activeElement);
        for (let left = tries; left > 0 && !hasFocus(); left--) await new Promise((resolve) => setTimeout(resolve, 20));
        await new Promise((resolve) => setTimeout(resolve, 20));
        return hasFocus();
      }, FOCUS_TRIES, { timeout: MENU_MS });
      if (!stays) throw new Error('The question was closed by itself.');
    });
  }

  async #pickFromMenu(text: string, item: string, nth: number): Promise<void> {
    await this.#row(text, nth).locator('.label-name').click({ button: 'right' });
    const entry = this.#page.locator('.monaco-menu .action-item', { hasText: item }).first();
    await entry.waitFor({ timeout: MENU_MS });
    // A menu ignores the mouse for a moment after it opened, and Enter presses the entry under the pointer.
    await entry.hover({ timeout: MENU_MS });
    await this.#page.waitForTimeout(150);
    // Without the menu, Enter would open the row and the entry would be hidden just as well.
    if (!(await entry.isVisible())) throw new Error(`The menu of “${text}” closed before “${item}” was pressed.`);
    await this.#page.keyboard.press('Enter');
    await entry.waitFor({ state: 'hidden' });
  }

  /** Presses an inline action of a row. */
  async rowAction(text: string, action: string, nth = 0): Promise<void> {
    const row = this.#row(text, nth);
    await row.hover();
    await row.locator(`.actions a.action-label[aria-label^="${action}"]`).click();
  }

  /** An inline action that asks before it does anything: pressed again where the row was drawn anew under the pointer, and nothing asked. */
  async rowActionAsks(text: string, action: string): Promise<void> {
    await this.#untilAsked(() => this.rowAction(text, action));
  }

  /** As rowActionAsks, for a row that asks. */
  async clickRowAsks(text: string): Promise<void> {
    await this.#untilAsked(() => this.clickRow(text));
  }

  /** Drops what lies at these paths of the server's machine onto the tree, as the explorer does. */
  async dropOnTraces(...paths: readonly string[]): Promise<void> {
    await this.#drop(await this.#uriList(...paths));
  }

  async #uriList(...paths: readonly string[]): Promise<JSHandle> {
    // A desktop's window is no page of a server, and its files are of this machine.
    const { protocol, host } = new URL(this.#page.url());
    const base = protocol === 'http:' ? `vscode-remote://${host}` : 'file://';
    const list = paths.map((each) => `${base}${each.split('/').map(encodeURIComponent).join('/')}`).join('\r\n');
    return this.#page.evaluateHandle((uris) => {
      const made = new (globalThis as unknown as DragDom).DataTransfer();
      made.setData('text/uri-list', uris);
      return made;
    }, list);
  }

  /** Drops a file of the browser's machine onto the tree, as its file manager does: the server has none of that path. */
  async dropFromOutside(name: string, content: string): Promise<void> {
    await this.#drop(await this.#page.evaluateHandle(([called, text]) => {
      const dom = globalThis as unknown as DragDom;
      const made = new dom.DataTransfer();
      made.items.add(new dom.File([text!], called!));
      return made;
    }, [name, content]));
  }

  /** Onto what an empty view says. */
  async dropOnWelcome(file: string): Promise<void> {
    await this.#drop(await this.#uriList(file), this.#page.locator('.sidebar .welcome-view-content'));
  }

  // Rows that stick to the top while the tree is scrolled take no drops.
  async #drop(dataTransfer: JSHandle, row = this.#page.locator('.sidebar .monaco-list-rows > .monaco-list-row').first()): Promise<void> {
    for (const type of ['dragenter', 'dragover', 'drop']) await row.dispatchEvent(type, { dataTransfer });
  }

  async selectedRows(): Promise<string[]> {
    return this.#page.locator('.sidebar .monaco-list-row.selected').evaluateAll((rows) => rows.map((row) => `${row.querySelector('.label-name')?.textContent ?? ''} | ${row.querySelector('.label-description')?.textContent ?? ''}`));
  }

  async welcome(): Promise<string> {
    return (await this.#page.locator('.sidebar .welcome-view-content').allInnerTexts()).join('\n');
  }

  async welcomeLink(text: string): Promise<void> {
    await this.#page.locator('.sidebar .welcome-view-content a', { hasText: text }).click();
  }

  async welcomeButton(text: string): Promise<void> {
    await this.#page.locator('.sidebar .welcome-view-content .monaco-button', { hasText: text }).click();
  }

  async viewMessage(): Promise<string> {
    return (await this.#page.locator('.sidebar .tree-explorer-viewlet-tree-view .message').allInnerTexts()).join('\n');
  }

  async viewAction(label: string): Promise<void> {
    await this.#page.locator('.sidebar .pane-header, .sidebar .composite.title').first().hover();
    await this.#page.locator(`.sidebar a.action-label[aria-label^="${label}"]`).first().click();
  }

  /** As rowActionAsks, for an action of the view. */
  async viewActionAsks(label: string): Promise<void> {
    await this.#untilAsked(() => this.viewAction(label));
  }

  async tabs(): Promise<Tab[]> {
    return this.#page.locator('.editor-group-container .tab').evaluateAll((tabs) =>
      tabs.map((tab) => ({ label: tab.getAttribute('data-resource-name') ?? '', preview: tab.querySelector('.monaco-icon-label.italic') !== null, active: tab.classList.contains('active') })),
    );
  }

  async clickTab(label: string): Promise<void> {
    await this.#page.locator('.editor-group-container .tab', { hasText: label }).first().click();
  }

  /** On the page of Workspace Trust. */
  async trustFolder(): Promise<void> {
    await this.#page.locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust$/ }).first().click();
  }

  /** Closes the editor that lies over the window. */
  async closeModal(): Promise<void> {
    const block = this.#page.locator('.monaco-modal-editor-block');
    if (await block.isVisible()) await block.locator('.action-label.codicon-close').first().click();
    await block.waitFor({ state: 'hidden' });
  }

  /** The waterfall's own frame inside VS Code's two; the visible one. */
  #waterfall(): FrameLocator {
    return this.#page.locator('iframe.webview.ready:visible').first().contentFrame().locator('iframe#active-frame').contentFrame();
  }

  /** Where its trace comes from. */
  async waterfallOrigin(): Promise<string> {
    return this.#waterfall().locator('footer .connection').innerText();
  }

  async waterfallText(): Promise<string> {
    return this.#waterfall().locator('body').innerText();
  }

  /** Waits at the screen instead of being asked again and again, which would be seen in what is measured meanwhile. */
  async awaitRow(rowIndex: number): Promise<void> {
    await this.#waterfall().locator(`[role="row"][aria-rowindex="${rowIndex}"]`).waitFor({ timeout: 60_000 });
  }

  /** As awaitRow, until no rows are missing. */
  async awaitAllRows(): Promise<void> {
    await this.#waterfall().locator('.notice-inline', { hasText: 'spans loaded' }).waitFor({ state: 'hidden', timeout: 60_000 });
  }

  async waterfallRows(): Promise<WaterfallRow[]> {
    return this.#waterfall()
      .locator('[role="row"][aria-level]')
      .evaluateAll((rows) =>
        rows
          .filter((row) => row.checkVisibility())
          .toSorted((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
          .map((row) => ({ text: row.textContent ?? '', level: Number(row.getAttribute('aria-level')), selected: row.getAttribute('aria-selected') === 'true' })),
      );
  }

  async clickWaterfallRow(text: string): Promise<void> {
    await this.#waterfall().locator('[role="row"][aria-level]', { hasText: text }).first().click({ position: { x: 120, y: 8 } });
  }

  async doubleClickWaterfallRow(text: string): Promise<void> {
    await this.#waterfall().locator('[role="row"][aria-level]', { hasText: text }).first().dblclick({ position: { x: 120, y: 8 } });
  }

  /** By its accessible name. */
  async pressInWaterfall(name: string): Promise<void> {
    await this.#waterfall().getByRole('button', { name }).first().click();
  }

  async clickInWaterfall(selector: string, text: string): Promise<void> {
    await this.#waterfall().locator(selector, { hasText: text }).first().click();
  }

  async waterfallFocus(): Promise<string> {
    return this.#waterfall().locator(':focus').first().evaluate((element) => `${element.tagName.toLowerCase()}${element.getAttribute('role') === null ? '' : `[${element.getAttribute('role')}]`}`, undefined, { timeout: FOCUS_MS });
  }

  async press(key: string): Promise<void> {
    await this.#page.keyboard.press(key);
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
  }

  /** Runs a command by its title through the palette; opens it again when something took the focus and so closed it. */
  async command(title: string): Promise<void> {
    await again(() => this.#runInPalette(title), () => this.press('Escape'));
  }

  async #runInPalette(title: string): Promise<void> {
    await this.#page.keyboard.press('F1');
    const box = this.#page.locator('.quick-input-widget:visible input.input');
    await box.fill(`>${title}`, { timeout: MENU_MS });
    // The list is drawn anew while it is filtered: a click may fall on a row that is gone.
    await this.#page.locator('.quick-input-list .monaco-list-row.focused', { hasText: title }).first().waitFor({ timeout: MENU_MS });
    await box.press('Enter', { timeout: MENU_MS });
  }

  async quickPick(text: string): Promise<void> {
    await this.#page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first().click();
  }

  /** The row that Enter would take. */
  async quickPickActive(): Promise<string> {
    return (await this.#page.locator('.quick-input-widget:visible:focus-within .monaco-list-row.focused').allInnerTexts()).join('');
  }

  async quickPickRows(): Promise<string[]> {
    return this.#page.locator('.quick-input-list .monaco-list-row').allInnerTexts();
  }

  /** Fills the input box that asks. */
  async answer(text: string): Promise<void> {
    const box = this.#page.locator(INPUT);
    await box.waitFor();
    await box.fill(text);
    await box.press('Enter');
  }

  /** VS Code's own dialog hears no Enter while it reads a folder, and reads one as it opens. */
  async answerFileDialog(path: string): Promise<void> {
    const box = this.#page.locator('.quick-input-widget:visible input.input');
    await box.waitFor();
    for (let left = MENU_TRIES; left > 0 && (await box.isVisible()); left--) {
      await box.fill(path);
      await box.press('Enter');
      await box.waitFor({ state: 'hidden', timeout: MENU_MS }).catch(() => undefined);
    }
  }

  async quickInputTitle(): Promise<string> {
    return (await this.#page.locator('.quick-input-widget:visible .quick-input-title').allInnerTexts()).join('');
  }

  async dialogText(): Promise<string> {
    return this.#page.locator('.monaco-dialog-box').innerText();
  }

  async dialogButton(text: string): Promise<void> {
    // By its beginning: "Use" is not "Don’t Use".
    await this.#page.locator('.monaco-dialog-box .monaco-button', { hasText: new RegExp(`^\\s*${text}`) }).first().click();
  }

  async statusBar(): Promise<string> {
    return (await this.#page.locator('.statusbar-item').allInnerTexts()).join(' | ');
  }

  async notifications(): Promise<string> {
    return (await this.#page.locator('.notification-list-item-message').allInnerTexts()).join('\n');
  }

  /** Into the folder named by TRACEFALL_SHOTS, where it is set. */
  async screenshot(name: string): Promise<void> {
    const folder = process.env['TRACEFALL_SHOTS'];
    if (folder !== undefined) await this.#page.screenshot({ path: path.join(folder, `${name}.png`) });
  }
}
