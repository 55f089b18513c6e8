// The answer first: one sentence above the rows that says why this trace was slow. Absent where there is nothing to say.
import { formatDuration } from '../src/model/time.ts';
import { exactNs, plural, valueText } from '../src/analysis/numberText.ts';
import { visibleLine } from '../src/analysis/visibleText.ts';
import type { WhyFinding } from '../src/protocol/messages.ts';
import type { Actions } from './actions.ts';
import { el, exactValue, icon, linkButton } from './dom.ts';
import { changed, type State, type View } from './store.ts';

/** Fewer traces to compare with are no measure of what is usual. */
const LEAST_COHORT = 20;
const MOST_FINDINGS = 3;

export class WhyLine implements View {
  readonly element = el('section', { class: 'why', attributes: { 'aria-label': 'Why this trace was slow' } });
  readonly #text = el('p');
  readonly #actions: Actions;

  constructor(actions: Actions) {
    this.#actions = actions;
    this.element.hidden = true;
    this.element.append(icon('flag'), this.#text);
  }

  render(state: State, before: State | undefined): void {
    if (!changed(state, before, 'why', 'head')) return;
    const { why } = state;
    this.element.hidden = why === undefined || why.cohort < LEAST_COHORT || why.findings.length === 0;
    if (why === undefined || this.element.hidden) return;
    const slower = Number(why.durationNs) - Number(why.medianNs);
    const parts: (Node | string)[] = [];
    if (slower > 0) {
      parts.push(
        el('b', {}, exactValue(formatDuration(slower), exactNs(slower)), ' slower than usual'),
        el('span', { class: 'dim', text: ` (median of ${why.cohort} like it: ${formatDuration(Number(why.medianNs))})` }),
        '. ',
      );
    }
    const spans = bySpan(why.findings);
    spans.slice(0, MOST_FINDINGS).forEach((findings, k) => parts.push(k === 0 ? '' : ' ', ...this.#sentence(findings)));
    if (spans.length > MOST_FINDINGS) {
      const rest = spans.slice(MOST_FINDINGS).map((findings) => `${findings[0]!.name} ${formatDuration(Number(findings[0]!.deltaNs))} longer`);
      parts.push(' ', el('span', { class: 'dim', text: `And ${plural(rest.length, 'more span')}.`, title: rest.map((line) => visibleLine(line)).join('\n') }));
    }
    this.#text.replaceChildren(...parts);
  }

  /** "retrieve: documents 500, usually 20; +313 ms." */
  #sentence(findings: readonly WhyFinding[]): (Node | string)[] {
    const first = findings[0]!;
    const select = linkButton(visibleLine(first.name, 80), `Select this span of ${visibleLine(first.service, 80)}`, () =>
      first.row >= 0 ? this.#actions.select(first.row) : void this.#actions.selectSpan(first.spanId),
    );
    select.classList.add('strong');
    const parts: (Node | string)[] = [select];
    const unusual = findings.filter((finding) => finding.attribute !== undefined);
    unusual.slice(0, 2).forEach((finding, k) => {
      parts.push(k === 0 ? ': ' : ', ', ...unusualWords(finding));
    });
    const delta = Math.max(...findings.map((finding) => Number(finding.deltaNs)));
    if (delta > 0) parts.push(unusual.length > 0 ? '; ' : ' ', exactValue(`${formatDuration(delta)} longer`, exactNs(delta)));
    parts.push('.');
    return parts;
  }
}

/** The last part of the key says what it is; the whole key is in the tooltip. */
export function unusualWords(finding: WhyFinding): (Node | string)[] {
  const key = finding.attribute ?? '';
  const words = key.slice(key.lastIndexOf('.') + 1).replaceAll('_', ' ');
  const value = finding.value === undefined || finding.value === '' ? 'empty' : valueText(finding.value);
  const usual = finding.usual === undefined ? '' : `, usually ${finding.usual === '' ? 'empty' : valueText(finding.usual)}`;
  return [el('span', { class: 'mono', text: visibleLine(words), title: visibleLine(key) }), ' ', el('b', { text: visibleLine(`${value}${usual}`, 160) })];
}

/** Findings of one span together, in the order of the first. */
function bySpan(findings: readonly WhyFinding[]): (readonly WhyFinding[])[] {
  const groups = new Map<string, WhyFinding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.spanId);
    if (group === undefined) groups.set(finding.spanId, [finding]);
    else group.push(finding);
  }
  return [...groups.values()];
}
