// What this trace is, in one line, and what can be done with the whole of it.
import { SpanFlag } from '../src/model/spanBatch.ts';
import { formatDuration } from '../src/model/time.ts';
import { clockAndAge, exactMoment, unixMs } from '../src/analysis/clockText.ts';
import { countText, exactNs, plural } from '../src/analysis/numberText.ts';
import { serviceLook } from '../src/analysis/serviceHues.ts';
import { visibleLine } from '../src/analysis/visibleText.ts';
import type { Actions } from './actions.ts';
import { el, exactValue, icon, iconButton } from './dom.ts';
import { changed, type State, type View } from './store.ts';

export class Header implements View {
  readonly element: HTMLElement;
  readonly #title = el('h1', { text: '' });
  readonly #service = el('span', { class: 'chip', attributes: { hidden: '' } });
  readonly #facts = el('span', { class: 'facts' });
  readonly #pin: HTMLButtonElement;
  readonly #buttons: HTMLElement;

  /** `notices`: what comes while somebody reads. */
  constructor(actions: Actions, onHelp: () => void, notices: HTMLElement) {
    this.#pin = iconButton('pin', 'Pin this trace', () => void actions.ask.togglePin());
    this.#buttons = el(
      'span',
      { class: 'buttons' },
      this.#pin,
      iconButton('copy', 'Copy the trace id', () => void actions.ask.copy('traceId')),
      iconButton('export', 'Export this trace as OTLP JSON', () => void actions.ask.exportTrace()),
      iconButton('question', 'Keys and mouse', onHelp),
    );
    this.element = el('header', {}, this.#title, this.#service, this.#facts, notices, el('span', { class: 'space' }), this.#buttons);
  }

  render(state: State, before: State | undefined): void {
    const { head } = state;
    this.#buttons.hidden = head === undefined;
    if (head === undefined) return;
    if (changed(state, before, 'pinned', 'note')) {
      this.#pin.setAttribute('aria-pressed', String(state.pinned));
      this.#pin.title = state.pinned ? `Unpin this trace${state.note === '' ? '' : ` (${visibleLine(state.note)})`}` : 'Pin this trace';
      this.#pin.setAttribute('aria-label', this.#pin.title);
      this.#pin.replaceChildren(icon(state.pinned ? 'pinned' : 'pin'));
    }
    if (!changed(state, before, 'head', 'why', 'theme', 'nowMs')) return;
    const { summary } = head;
    this.#title.textContent = visibleLine(summary.rootName, 120) || (summary.spans === 0 ? 'Empty trace' : '(no name)');
    this.#title.title = visibleLine(summary.rootName, 2000);
    const dot = el('span', { class: 'dot' });
    dot.style.backgroundColor = state.theme.plain.solid[serviceLook(Math.max(0, summary.services.indexOf(summary.rootService))).hue]!;
    this.#service.replaceChildren(dot, visibleLine(summary.rootService, 80));
    this.#service.hidden = summary.rootService === '';
    // What the root took; where work went on after it, also how long all took: so the tree lists it and "slower than usual" counts it.
    const totalNs = Number(summary.durationNs);
    const root = head.rootRow < (state.data?.loaded ?? 0) ? head.rootRow : -1;
    const running = root >= 0 && (state.data!.columns.flags[root]! & SpanFlag.inProgress) !== 0;
    const durationNs = root >= 0 && summary.roots > 0 && !running ? state.data!.columns.duration[root]! : totalNs;
    const exact = durationNs === totalNs ? exactNs(totalNs) : `${exactNs(durationNs)}; the last span ended after ${exactNs(totalNs)}`;
    const [shown, whole] = [formatDuration(durationNs), formatDuration(totalNs)];
    const inAll = shown === whole ? [] : [el('span', { class: 'dim num', text: `of ${whole}`, title: 'Work went on after the root span had ended' })];
    const soFar = totalNs === 0 ? [] : [exactValue(`${whole} so far`, exactNs(totalNs), 'dim num')];
    const slower = (state.why?.findings.length ?? 0) > 0;
    // Each by itself, so that as many are shown as there is room for. Some systems have no services.
    const fact = (content: string | HTMLElement, title?: string): HTMLElement => el('span', { class: 'dim num', ...(title === undefined ? {} : { title }) }, content);
    const counts = [
      fact(plural(summary.spans, 'span')),
      ...(summary.services.length > 0 ? [fact(plural(summary.services.length, 'service'))] : []),
      ...(summary.errors > 0 ? [fact(el('span', { class: 'error-text', text: plural(summary.errors, 'error') }))] : []),
      ...(summary.orphans > 0 ? [fact(plural(summary.orphans, 'orphan'), 'Spans whose parent was not received')] : []),
      ...(summary.duplicates > 0 ? [fact(plural(summary.duplicates, 'duplicate'), 'Identical spans that were sent again; shown once')] : []),
      ...(summary.rejected > 0 ? [fact(`${countText(summary.rejected)} unreadable`, 'Spans that could not be read')] : []),
    ];
    for (const next of counts.slice(1)) {
      next.prepend(' · ');
      next.classList.add('next');
    }
    const start = BigInt(summary.startUnixNano);
    const when = el('span', { class: 'dim num', text: clockAndAge(unixMs(start), state.nowMs), title: exactMoment(start) });
    const took = running ? [el('span', { class: 'big', text: 'in progress', title: 'The root span had not ended when it was sent' }), ...soFar] : [exactValue(shown, exact, `big num${slower ? ' slow' : ''}`), ...inAll];
    this.#facts.replaceChildren(...took, ...counts, when);
  }
}
