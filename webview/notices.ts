// What must be said about this view: failed, gone, partial, more arrived, and the outcome of the last action.
// What comes while somebody reads is said without moving the rows: in the header, or over the footer.
import { countText, plural } from '../src/analysis/numberText.ts';
import { visibleText } from '../src/analysis/visibleText.ts';
import { el, icon, iconButton, linkButton } from './dom.ts';
import { changed, type State, type Store, type View } from './store.ts';
import type { Controls } from './controls.ts';

export interface NoticesOptions {
  readonly store: Store;
  readonly controls: Controls;
  readonly onRetry: () => void;
  readonly onUpdate: () => void;
}

export class Notices implements View {
  readonly element = el('div', { class: 'notices' });
  /** Said aloud by screen readers; the visible text is elsewhere. */
  readonly live = el('div', { class: 'visually-hidden', role: 'status', attributes: { 'aria-live': 'polite' } });
  /** Goes into the header. */
  readonly inline = el('span', { class: 'inline-notices' });
  readonly #progress = el('span', { class: 'notice-inline dim num' });
  readonly #state = el('div', { class: 'notice state' });
  readonly #notes = el('div', { class: 'notice notes' });
  readonly #arrived = el('span', { class: 'notice-inline num' });
  readonly #message = el('div', { class: 'notice message' });
  readonly #options: NoticesOptions;

  constructor(options: NoticesOptions) {
    this.#options = options;
    this.inline.append(this.#progress, this.#arrived);
    this.element.append(this.#state, this.#notes, this.#message);
  }

  render(state: State, before: State | undefined): void {
    if (changed(state, before, 'phase', 'data', 'head')) this.#showPhase(state);
    if (changed(state, before, 'head')) this.#showNotes(state);
    if (changed(state, before, 'arrived', 'head')) this.#showArrived(state);
    if (changed(state, before, 'message')) {
      this.#message.hidden = state.message === undefined;
      this.#message.replaceChildren(icon('info'), el('span', { text: visibleText(state.message ?? '') }), iconButton('close', 'Dismiss', () => this.#options.store.update({ message: undefined })));
    }
    const spoken = this.#spoken(state);
    if (this.live.textContent !== spoken) this.live.textContent = spoken;
  }

  #showPhase(state: State): void {
    const { phase, data, head } = state;
    const missing = head !== undefined && data !== undefined && data.loaded < head.rows;
    this.#progress.hidden = !missing;
    if (missing) this.#progress.replaceChildren(icon('loading'), `${countText(data.loaded)} of ${countText(head.rows)} spans loaded …`);
    // Loading is said in the place of the line above the rows (whyLine.ts).
    this.#state.hidden = phase.kind === 'ready' || phase.kind === 'loading';
    if (phase.kind === 'ready' || phase.kind === 'loading') return;
    this.#state.className = `notice state ${phase.kind}`;
    const retry = this.#options.controls.button('Try again', this.#options.onRetry);
    const words = phase.kind === 'gone' ? `This trace is gone. ${phase.message}` : `The trace could not be opened. ${phase.message}`;
    this.#state.replaceChildren(icon(phase.kind === 'gone' ? 'circle-slash' : 'error'), el('span', { text: visibleText(words) }), retry);
  }

  #showNotes(state: State): void {
    const notes = state.head?.notes ?? [];
    this.#notes.hidden = notes.length === 0;
    const [first, ...rest] = notes;
    if (first === undefined) return;
    const more = rest.length === 0 ? '' : ` And ${plural(rest.length, 'more note')}.`;
    this.#notes.replaceChildren(icon('warning'), el('span', { text: `${visibleText(first)}${more}`, title: rest.map((note) => visibleText(note)).join('\n') }));
  }

  #showArrived(state: State): void {
    const { arrived, head } = state;
    const more = arrived === undefined || head === undefined ? 0 : arrived - head.summary.spans;
    this.#arrived.hidden = more <= 0;
    if (more <= 0 || head === undefined) return;
    this.#arrived.replaceChildren(
      icon('sync'),
      `${countText(more)} more arrived · `,
      linkButton('Update', 'Load this trace again, with what has arrived', this.#options.onUpdate),
    );
  }

  #spoken(state: State): string {
    const { search } = state;
    if (state.message !== undefined) return visibleText(state.message);
    if (search.problem !== undefined) return search.problem;
    if (search.rows !== undefined) return plural(search.rows.length, 'match', 'matches');
    return visibleText(state.whyProblem ?? '');
  }
}
