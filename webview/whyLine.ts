// The answer first: one sentence above the rows that says why this trace was slow. Absent where there is nothing to say.
// The words are analysis/whySentence.ts's; here they become text, emphasis and buttons.
import { formatDuration } from '../src/model/time.ts';
import { exactNs, plural } from '../src/analysis/numberText.ts';
import { visibleLine } from '../src/analysis/visibleText.ts';
import { sentenceText, whySentences, type WhySegment, type WhySentence } from '../src/analysis/whySentence.ts';
import type { WhyReport } from '../src/protocol/messages.ts';
import type { Actions } from './actions.ts';
import { el, exactValue, icon, linkButton } from './dom.ts';
import { changed, type State, type View } from './store.ts';

const MOST_SENTENCES = 3;

export class WhyLine implements View {
  readonly element = el('section', { class: 'why', attributes: { 'aria-label': 'Why this trace was slow' } });
  readonly #text = el('p');
  readonly #actions: Actions;
  readonly #focusRows: () => void;

  /** `focusRows`: after a span was chosen here, the keyboard goes on from it. */
  constructor(actions: Actions, focusRows: () => void) {
    this.#actions = actions;
    this.#focusRows = focusRows;
    this.element.hidden = true;
    this.element.append(icon('flag'), this.#text);
  }

  render(state: State, before: State | undefined): void {
    if (!changed(state, before, 'why', 'whySource', 'head')) return;
    const { why, whySource } = state;
    this.element.hidden = why === undefined || why.findings.length === 0;
    if (why === undefined || this.element.hidden) return;
    const sentences = whySentences(why.findings);
    const parts = this.#opening(why);
    for (const sentence of sentences.slice(0, MOST_SENTENCES)) parts.push(...sentence.segments.map((segment) => this.#segment(segment)), ' ');
    if (sentences.length > MOST_SENTENCES) parts.push(restOf(sentences.slice(MOST_SENTENCES)), ' ');
    if (whySource !== undefined) parts.push(linkButton(visibleLine(whySource.label), 'Open this line beside', () => void this.#actions.ask.openSource(whySource.row)));
    this.#text.replaceChildren(...parts);
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
