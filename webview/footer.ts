// The keys, and where this trace comes from.
import { visibleLine } from '../src/analysis/visibleText.ts';
import { el } from './dom.ts';
import { changed, type State, type View } from './store.ts';

const KEYS: readonly (readonly [readonly string[], string])[] = [
  [['↑', '↓'], 'span'],
  [['Enter'], 'code'],
  [['f'], 'focus'],
  [['c'], 'critical path'],
  [['n'], 'next error'],
  [['?'], 'keys'],
];

export class Footer implements View {
  readonly element: HTMLElement;
  readonly #connection = el('span', { class: 'connection' });

  constructor() {
    const keys = KEYS.map(([names, words]) => el('span', {}, ...names.flatMap((name) => [el('kbd', { text: name }), ' ']), words));
    this.element = el('footer', {}, ...keys, el('span', { class: 'space' }), this.#connection);
  }

  render(state: State, before: State | undefined): void {
    if (!changed(state, before, 'settings')) return;
    this.#connection.textContent = visibleLine(state.settings.origin, 120);
    this.#connection.title = this.#connection.textContent;
  }
}
