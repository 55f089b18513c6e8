// The answer first: one sentence above the rows that says why this trace was slow. Its place is there from the start and keeps its
// height, so that nothing moves when rows or answer come; until then, and where there is nothing to say, it says so quietly.
// The words are analysis/whySentence.ts's; here they become text, emphasis and buttons.
import { formatDuration } from '../src/model/time.ts';
import { exactNs, plural } from '../src/analysis/numberText.ts';
import { FEWEST_TRACES } from '../src/analysis/slowOperations.ts';
import { visibleLine } from '../src/analysis/visibleText.ts';
import { sentenceText, whySentences, type WhySegment, type WhySentence } from '../src/analysis/whySentence.ts';
import type { WhyReport } from '../src/protocol/messages.ts';
import type { Actions } from './actions.ts';
import { el, exactValue, icon, iconButton, linkButton } from './dom.ts';
import { changed, type State, type View } from './store.ts';

const MOST_SENTENCES = 3;

export class WhyLine implements View {
  readonly element = el('section', { class: 'why', attributes: { 'aria-label': 'Why this trace was slow' } });
  readonly #mark = el('span', { class: 'why-mark' });
  readonly #text = el('p');
  readonly #whole: HTMLButtonElement;
  readonly #actions: Actions;
  readonly #focusRows: () => void;

  /** `focusRows`: after a span was chosen here, the keyboard goes on from it. */
  constructor(actions: Actions, focusRows: () => void) {
    this.#actions = actions;
    this.#focusRows = focusRows;
    this.#whole = iconButton('chevron-down', 'Show all of it', () => this.#showWhole(!this.element.classList.contains('whole')));
    this.element.append(this.#mark, this.#text, this.#whole);
  }

  render(state: State, before: State | undefined): void {
    if (changed(state, before, 'why', 'whySource', 'whyProblem', 'head', 'phase')) this.#show(state);
    else if (!changed(state, before, 'layout')) return;
    // Nothing is read from the screen before there is an answer: that would hold up the first rows.
    this.#whole.hidden = this.element.classList.contains('quiet') || this.#fits();
  }

  #fits(): boolean {
    return !this.element.classList.contains('whole') && this.#text.scrollHeight <= this.#text.clientHeight + 1;
  }

  #show(state: State): void {
    const { head, phase, why, whySource } = state;
    this.element.hidden = head === undefined && phase.kind !== 'loading';
    const isQuiet = why === undefined || why.findings.length === 0;
    this.element.classList.toggle('quiet', isQuiet);
    if (isQuiet) this.#showWhole(false);
    this.#mark.replaceChildren(...(isQuiet ? [] : [icon('flag')]));
    if (isQuiet) {
      this.#text.textContent = quietText(state);
      return;
    }
    const sentences = whySentences(why.findings);
    const parts = this.#opening(why);
    for (const sentence of sentences.slice(0, MOST_SENTENCES)) parts.push(...sentence.segments.map((segment) => this.#segment(segment)), ' ');
    if (sentences.length > MOST_SENTENCES) parts.push(restOf(sentences.slice(MOST_SENTENCES)), ' ');
    if (whySource !== undefined) parts.push(linkButton(visibleLine(whySource.label), 'Open this line beside', () => void this.#actions.ask.openSource(whySource.row)));
    this.#text.replaceChildren(...parts);
  }

  /** A sentence longer than its place pushes the rows only when somebody asks for all of it. */
  #showWhole(whole: boolean): void {
    this.element.classList.toggle('whole', whole);
    this.#whole.setAttribute('aria-expanded', String(whole));
    this.#whole.title = whole ? 'Show less of it' : 'Show all of it';
    this.#whole.setAttribute('aria-label', this.#whole.title);
    this.#whole.replaceChildren(icon(whole ? 'chevron-up' : 'chevron-down'));
  }

  #opening({ durationNs, medianNs, cohort }: WhyReport): (Node | string)[] {
    const slower = Number(durationNs) - Number(medianNs);
    if (slower <= 0) return [];
    const median = ` (median of ${cohort} like it: ${formatDuration(Number(medianNs))})`;
    return [el('b', {}, exactValue(formatDuration(slower), exactNs(slower)), ' slower than usual'), el('span', { class: 'dim', text: median }), '. '];
  }

  #segment({ text, style, span, key }: WhySegment): Node {
    if (span !== undefined) {
      const select = linkButton(text, `Select this span of ${visibleLine(span.service, 80)}`, () => {
        if (span.row >= 0) this.#actions.select(span.row);
        else void this.#actions.selectSpan(span.spanId);
        this.#focusRows();
      });
      select.classList.add('strong');
      return select;
    }
    return segmentText({ text, ...(style === undefined ? {} : { style }), ...(key === undefined ? {} : { key }) });
  }
}

/** A segment without a click. */
function segmentText({ text, style, key }: WhySegment): Node {
  if (style === undefined) return document.createTextNode(text);
  const title = key === undefined ? {} : { title: visibleLine(key) };
  if (style === 'strong') return el('b', { text, ...title });
  return el('span', { class: style === 'code' ? 'mono' : 'dim', text, ...title });
}

function restOf(sentences: readonly WhySentence[]): HTMLElement {
  return el('span', { class: 'dim', text: `And ${plural(sentences.length, 'more finding')}.`, title: sentences.map(sentenceText).join('\n') });
}

/** What stands in the place of the sentence. */
function quietText({ head, why, whyProblem, phase }: State): string {
  if (phase.kind === 'loading') return `${phase.what} …`;
  if (head === undefined || phase.kind !== 'ready') return '';
  if (whyProblem !== undefined) return visibleLine(whyProblem, 400);
  const name = visibleLine(head.summary.rootName, 80) || 'this kind';
  if (why === undefined) return `Comparing with other traces of ${name} …`;
  if (why.cohort === 0) return `Nothing to compare with: no other trace of ${name} is known.`;
  if (why.cohort < FEWEST_TRACES) return `Too few to compare with: ${plural(why.cohort, 'other trace')} of ${name} ${why.cohort === 1 ? 'is' : 'are'} known, and it takes ${FEWEST_TRACES} to say what is usual.`;
  return `Nothing unusual found beside ${plural(why.cohort, 'other trace')} of ${name} (median ${formatDuration(Number(why.medianNs))}).`;
}
