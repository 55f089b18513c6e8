// All keys and mouse gestures, on request.
import { el, iconButton } from './dom.ts';
import { changed, type State, type Store, type View } from './store.ts';

const LINES: readonly (readonly [string, string])[] = [
  ['↑ ↓ PageUp PageDown Home End', 'select a span'],
  ['← →', 'collapse, expand, to the parent, to the first child'],
  ['Enter · double-click · ⟨⟩', 'open the code of the span'],
  ['[ · ]', 'collapse all, expand all'],
  ['/ · Ctrl+F', 'find; Enter and Shift+Enter, or F3, step through the matches'],
  ['n · Shift+N', 'next and previous error'],
  ['c', 'critical path on and off'],
  ['f', 'only this span and what it called; again: everything'],
  ['z · 0', 'zoom to the span · show all of the time'],
  ['Shift+↑ ↓ · Ctrl+wheel', 'zoom in and out'],
  ['Shift+← → · Shift+wheel · drag the bars', 'move in time'],
  ['drag on the axis or the overview', 'zoom into a part'],
  ['Esc', 'one step back: subtree, zoom, filter, find, details'],
];

export class Help implements View {
  readonly element: HTMLDialogElement;

  constructor(store: Store, onClosed: () => void) {
    const close = (): void => store.update({ helpOpen: false });
    const list = el('dl', {}, ...LINES.map(([keys, words]) => el('div', {}, el('dt', { text: keys }), el('dd', { text: words }))));
    this.element = el('dialog', { class: 'help', attributes: { 'aria-label': 'Keys and mouse' } }, el('div', { class: 'details-name' }, el('h2', { text: 'Keys and mouse' }), iconButton('close', 'Close (Esc)', close)), list);
    this.element.addEventListener('close', () => {
      close();
      onClosed();
    });
  }

  render(state: State, before: State | undefined): void {
    if (!changed(state, before, 'helpOpen') || state.helpOpen === this.element.open) return;
    if (state.helpOpen) this.element.showModal();
    else this.element.close();
  }
}
