// What a person does at the workbench, over Playwright: looks, clicks, types. Knows VS Code's page, not the tests.
import path from 'node:path';

const TREE = '.pane-body .monaco-list[aria-label="Traces"], .pane-body .tree-explorer-viewlet-tree-view';

export class User {
  constructor(page) {
    this.page = page;
  }

  /** Opens the traces view, if it is not. */
  async showTraces() {
    const action = this.page.locator('.activitybar a.action-label[aria-label^="Tracefall"]');
    await action.waitFor();
    if (!(await this.page.locator('.sidebar .composite.title h2', { hasText: /tracefall/i }).isVisible().catch(() => false))) await action.click();
    await this.page.locator('.sidebar .composite.title h2', { hasText: /tracefall/i }).waitFor();
  }

  /** The tree's rows as text: label and description, indented by level. */
  async rows() {
    return this.page.locator('.sidebar .monaco-list-row').evaluateAll((elements) =>
      elements
        .toSorted((a, b) => Number(a.getAttribute('data-index')) - Number(b.getAttribute('data-index')))
        .map((row) => `${'  '.repeat(Number(row.getAttribute('aria-level')) - 1)}${row.querySelector('.label-name')?.textContent ?? ''} | ${row.querySelector('.label-description')?.textContent ?? ''}`),
    );
  }

  row(text, nth = 0) {
    return this.page.locator('.sidebar .monaco-list-row', { hasText: text }).nth(nth);
  }

  async clickRow(text, nth = 0) {
    await this.row(text, nth).click();
  }

  async doubleClickRow(text, nth = 0) {
    await this.row(text, nth).dblclick();
  }

  async selectedRows() {
    return this.page.locator('.sidebar .monaco-list-row.selected .label-name').allTextContents();
  }

  async welcome() {
    return this.page.locator('.sidebar .welcome-view-content').allInnerTexts();
  }

  async message() {
    return this.page.locator('.sidebar .tree-explorer-viewlet-tree-view .message').allInnerTexts();
  }

  /** Presses an inline action of a row. */
  async rowAction(text, action, nth = 0) {
    const row = this.row(text, nth);
    await row.hover();
    await row.locator(`.actions a.action-label[aria-label^="${action}"]`).click();
  }

  async tabs() {
    return this.page.locator('.editor-group-container .tab').evaluateAll((tabs) =>
      tabs.map((tab) => ({ label: tab.querySelector('.label-name')?.textContent ?? '', preview: tab.querySelector('.monaco-icon-label.italic') !== null, active: tab.classList.contains('active') })),
    );
  }

  /** The waterfall's own frame inside VS Code's two. */
  waterfall(nth = 0) {
    return this.page.locator('iframe.webview.ready').nth(nth).contentFrame().locator('iframe#active-frame').contentFrame();
  }

  async waterfallText(nth = 0) {
    return this.waterfall(nth).locator('body').innerText();
  }

  async waterfallRows(nth = 0) {
    return this.waterfall(nth).locator('[role="row"][aria-level]').evaluateAll((rows) =>
      rows
        .toSorted((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
        .map((row) => ({ text: row.textContent ?? '', level: Number(row.getAttribute('aria-level')), selected: row.getAttribute('aria-selected') === 'true' })),
    );
  }

  async clickWaterfallRow(text, nth = 0) {
    await this.waterfall(nth).locator('[role="row"][aria-level]', { hasText: text }).first().click();
  }

  async press(key) {
    await this.page.keyboard.press(key);
  }

  async type(text) {
    await this.page.keyboard.type(text);
  }

  /** Runs a command by its title through the palette. */
  async command(title) {
    await this.page.keyboard.press('F1');
    const box = this.page.locator('.quick-input-widget input');
    await box.waitFor();
    await box.fill(`>${title}`);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().click();
  }

  async quickPick(text) {
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first().click();
  }

  async quickPickRows() {
    return this.page.locator('.quick-input-list .monaco-list-row').allInnerTexts();
  }

  async answer(text) {
    const box = this.page.locator('.quick-input-widget input');
    await box.waitFor();
    await box.fill(text);
    await box.press('Enter');
  }

  async dialogButton(text) {
    await this.page.locator('.monaco-dialog-box .monaco-button', { hasText: text }).click();
  }

  async dialogText() {
    return this.page.locator('.monaco-dialog-box').innerText();
  }

  async statusBar() {
    return this.page.locator('.statusbar-item').allInnerTexts();
  }

  async clipboard() {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  async notifications() {
    return this.page.locator('.notification-list-item-message').allInnerTexts();
  }

  async activeEditorText() {
    return this.page.locator('.editor-group-container.active .view-lines').innerText();
  }

  async screenshot(name) {
    const dir = process.env.TRACEFALL_SHOTS;
    if (dir !== undefined) await this.page.screenshot({ path: path.join(dir, `${name}.png`) });
  }
}
