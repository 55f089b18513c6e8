// Find, toggles, the visible range. Tells the host while a text field has focus, so that single-letter keys stay letters.
import { countText, exactNs, plural } from '../src/analysis/numberText.ts';
import { rangeLabel } from '../src/analysis/axisTicks.ts';
import { isFull } from '../src/analysis/viewport.ts';
import type { Actions } from './actions.ts';
import type { Controls, TextControl } from './controls.ts';
import { el, iconButton, toggleButton } from './dom.ts';
import type { SearchLoader } from './searchLoader.ts';
import { changed, type State, type View } from './store.ts';

const FIND_LABEL = 'Find spans';
const FIND_HINT = 'Find: name, service:, attr=value, duration>…';

export interface ToolbarOptions {
  readonly actions: Actions;
  readonly search: SearchLoader;
  readonly controls: Controls;
  readonly onTyping: (active: boolean) => void;
  /** Moves the keyboard back to the rows. */
  readonly onLeave: () => void;
}

export class Toolbar implements View {
  readonly element: HTMLDivElement;
  readonly #options: ToolbarOptions;
  readonly #holder = el('span', { class: 'find' });
  #find: TextControl;
  readonly #count = el('span', { class: 'dim num find-count' });
  readonly #steps: HTMLElement;
  readonly #criticalPath: HTMLButtonElement;
  readonly #matches: HTMLButtonElement;
  readonly #errors: HTMLButtonElement;
  readonly #leaveSubtree: HTMLButtonElement;
  readonly #range = el('span', { class: 'dim num range' });
  readonly #reset: HTMLButtonElement;

  constructor(options: ToolbarOptions) {
    this.#options = options;
    const { actions, controls } = options;
    this.#find = controls.textField(FIND_LABEL, FIND_HINT);
    this.#attach();
    controls.onUpgrade(() => this.#upgrade());
    this.#steps = el('span', { class: 'buttons' }, iconButton('arrow-up', 'Previous match', () => actions.stepMatch(-1)), iconButton('arrow-down', 'Next match', () => actions.stepMatch(1)));
    this.#criticalPath = toggleButton('critical path', 'Underline what the end of this trace waited for', () => actions.toggleCriticalPath());
    this.#matches = toggleButton('matches only', 'Show only matching spans and their ancestors', () => actions.toggleMatchesOnly());
    this.#errors = toggleButton('errors', 'Show only spans with errors and their ancestors', () => actions.toggleErrorsOnly());
    this.#leaveSubtree = toggleButton('one subtree ×', 'Show the whole trace again', () => actions.leaveSubtree());
    this.#leaveSubtree.removeAttribute('aria-pressed');
    this.#leaveSubtree.classList.add('leave-subtree');
    this.#reset = iconButton('screen-full', 'Show all of the time', () => actions.time.resetZoom());
    this.element = el(
      'div',
      { class: 'toolbar', role: 'toolbar', attributes: { 'aria-label': 'Find and filter' } },
      el('span', { class: 'find-group' }, this.#holder, this.#count, this.#steps),
      this.#criticalPath,
      this.#matches,
      this.#errors,
      this.#leaveSubtree,
      el('span', { class: 'space' }),
      el('span', { class: 'range-group' }, this.#range, this.#reset),
    );
  }

  focusFind(): void {
    this.#find.focus();
  }

  render(state: State, before: State | undefined): void {
    if (changed(state, before, 'search', 'data')) this.#showSearch(state);
    press(this.#criticalPath, state.showCriticalPath);
    press(this.#matches, state.matchesOnly);
    press(this.#errors, state.errorsOnly);
    this.#leaveSubtree.hidden = state.focusRoot < 0;
    if (!changed(state, before, 'view', 'head')) return;
    this.#range.textContent = state.head === undefined ? '' : rangeLabel(state.view);
    this.#range.title = `${exactNs(state.view.start)} – ${exactNs(state.view.end)}`;
    this.#reset.disabled = isFull(state.view, this.#options.actions.time.total);
  }

  #showSearch(state: State): void {
    const { search } = state;
    if (this.#find.value !== search.query) this.#find.value = search.query;
    const found = search.rows?.length;
    this.#count.textContent = search.problem ?? (found === undefined ? '' : found === 0 ? 'no match' : plural(found, 'match', 'matches'));
    this.#count.title = search.problem ?? '';
    this.#count.classList.toggle('problem', search.problem !== undefined);
    this.#count.classList.toggle('busy', search.busy);
    this.#count.hidden = this.#count.textContent === '';
    this.#steps.hidden = (found ?? 0) === 0;
    this.#matches.disabled = search.rows === undefined && !state.matchesOnly;
    this.#matches.title = found === undefined ? 'Find something first' : `Show only the ${countText(found)} matching spans and their ancestors`;
  }

  #attach(): void {
    const { element } = this.#find;
    this.#holder.replaceChildren(element);
    // The toolkit names its fields itself when they enter the page.
    element.setAttribute('aria-label', FIND_LABEL);
    element.addEventListener('input', () => this.#options.search.type(this.#find.value));
    element.addEventListener('focus', () => this.#options.onTyping(true));
    element.addEventListener('blur', () => this.#options.onTyping(false));
    element.addEventListener('keydown', (event) => {
      if (event.isComposing) return;
      if (event.key === 'Enter') {
        event.preventDefault();
        this.#options.actions.stepMatch(event.shiftKey ? -1 : 1);
      } else if (event.key === 'ArrowDown') {
        event.preventDefault();
        this.#options.onLeave();
      } else if (event.key === 'Escape') {
        event.preventDefault();
        if (this.#find.value === '') this.#options.onLeave();
        else {
          this.#find.value = '';
          this.#options.search.type('');
        }
      }
    });
  }

  /** Replaces the native field by the toolkit's, never under the user's fingers. */
  #upgrade(): void {
    const old = this.#find;
    const swap = (): void => {
      const { value } = old;
      this.#find = this.#options.controls.textField(FIND_LABEL, FIND_HINT);
      this.#find.value = value;
      this.#attach();
    };
    if (document.activeElement === old.element) old.element.addEventListener('blur', () => setTimeout(swap, 0), { once: true });
    else swap();
  }
}

function press(button: HTMLButtonElement, pressed: boolean): void {
  button.setAttribute('aria-pressed', String(pressed));
}
