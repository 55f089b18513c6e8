// The panel of the selected span: its code, what is unusual about it, its attributes by group, events, links, resource, raw.
// Everything shown came from the answer to `details`; nothing empty is shown.
import { SpanFlag } from '../src/model/spanBatch.ts';
import { formatDuration } from '../src/model/time.ts';
import { groupAttributes } from '../src/analysis/attributeGroups.ts';
import { dateTimeText, exactMoment, unixMs } from '../src/analysis/clockText.ts';
import { countText, exactNs, valueText } from '../src/analysis/numberText.ts';
import { serviceLook } from '../src/analysis/serviceHues.ts';
import { visibleLine, visibleText } from '../src/analysis/visibleText.ts';
import type { WhyFinding, WireSpanDetails } from '../src/protocol/messages.ts';
import type { Actions } from './actions.ts';
import { attributeList } from './attributeList.ts';
import { codePreview } from './codePreview.ts';
import { el, exactValue, icon, iconButton, linkButton } from './dom.ts';
import type { ServiceOrder } from './serviceOrder.ts';
import { changed, type State, type Store, type View } from './store.ts';

export interface DetailsOptions {
  readonly store: Store;
  readonly actions: Actions;
  readonly services: () => ServiceOrder;
  readonly onFind: (query: string) => void;
}

export class Details implements View {
  readonly element: HTMLElement;
  readonly #options: DetailsOptions;
  readonly #body = el('div', { class: 'details-body', attributes: { tabindex: '0', role: 'region', 'aria-label': 'Details' } });
  /** Groups the user opened or closed, by title, across spans. */
  readonly #open = new Map<string, boolean>([
    ['Resource', false],
    ['Raw', false],
  ]);

  constructor(options: DetailsOptions) {
    this.#options = options;
    this.element = el('aside', { class: 'details', attributes: { 'aria-label': 'Selected span' } }, this.#body);
  }

  render(state: State, before: State | undefined): void {
    // Its room is kept while the trace loads: rows are drawn once, at their size.
    this.element.hidden = !state.panelOpen || (state.selected < 0 && state.head !== undefined);
    if (changed(state, before, 'panelWidth')) this.element.style.setProperty('--panel-width', `${state.panelWidth}px`);
    if (this.element.hidden || !changed(state, before, 'details', 'why', 'theme', 'panelOpen')) return;
    const { details, data } = state;
    if (details === undefined || data === undefined) return;
    const sameSpan = details.row === before?.details?.row;
    const { scrollTop } = this.#body;
    this.#body.replaceChildren(...this.#content(state, details.row));
    this.#body.scrollTop = sameSpan ? scrollTop : 0;
  }

  *#content(state: State, row: number): Iterable<Node> {
    const { actions } = this.#options;
    const { details } = state;
    const span = details?.span;
    yield this.#title(state, row);
    if (details?.problem !== undefined) yield el('p', { class: 'details-note error-text', text: `The details could not be read: ${visibleText(details.problem)}` });
    if (span === undefined) {
      if (details?.problem === undefined) yield el('p', { class: 'details-note dim', text: 'Reading the details …' });
      return;
    }
    if (details?.source !== undefined) yield* codePreview(details.source, () => void actions.ask.openSource(row));
    for (const remark of span.remarks) yield el('p', { class: 'details-note' }, icon('warning'), ` ${visibleText(remark)}`);
    const unusual = unusualOf(span, state.why?.findings ?? []);
    if (unusual.length > 0) yield this.#group('Unusual here', undefined, unusualList(unusual));
    if (span.status === 'error' || span.statusMessage !== '') yield this.#group('Status', undefined, statusOf(span));
    for (const group of groupAttributes(span.attributes.map((attribute) => attribute.key))) {
      yield this.#group(group.title, undefined, attributeList(span.attributes, group.indices, this.#attributeActions(row, 'attributes')));
    }
    if (span.events.length > 0) yield this.#group('Events', span.events.length, eventList(span));
    if (span.links.length > 0) yield this.#group('Links', span.links.length, this.#links(span));
    if (span.resource.length > 0) {
      yield this.#group('Resource', span.resource.length, attributeList(span.resource, [...span.resource.keys()], this.#attributeActions(row, 'resource')));
    }
    yield this.#group('Span', undefined, this.#identity(span));
    yield this.#group('Raw', undefined, el('pre', { class: 'raw', text: visibleText(span.raw) }));
  }

  #title(state: State, row: number): HTMLElement {
    const { columns, self } = state.data!;
    const dot = el('span', { class: 'dot' });
    dot.style.backgroundColor = state.theme.plain.solid[serviceLook(this.#options.services().of(columns.service[row]!)).hue]!;
    const service = visibleLine(columns.strings[columns.service[row]!]!, 120);
    const name = visibleLine(columns.strings[columns.name[row]!]!, 500) || '(no name)';
    const exact = (label: string, ns: number): Node[] => [document.createTextNode(label), exactValue(formatDuration(ns), exactNs(ns))];
    return el(
      'div',
      { class: 'details-title' },
      el(
        'div',
        { class: 'details-name' },
        el('h2', { text: name, title: name }),
        iconButton('json', 'Copy this span as JSON', () => void this.#options.actions.ask.copy('spanJson')),
        iconButton('close', 'Close the details (Esc)', () => this.#options.store.update({ panelOpen: false })),
      ),
      el(
        'div',
        { class: 'dim num' },
        dot,
        ...(service === '' ? [] : [el('span', { class: 'name-text', text: service }), ' · ']),
        ...exact('+', columns.start[row]!),
        ...((columns.flags[row]! & SpanFlag.inProgress) !== 0 ? [' · in progress'] : [...exact(' · ', columns.duration[row]!), ...exact(' · self ', self[row]!)]),
      ),
    );
  }

  #group(title: string, count: number | undefined, ...content: readonly Node[]): HTMLElement {
    const group = el('details', { class: 'group' });
    group.open = this.#open.get(title) ?? true;
    group.append(el('summary', {}, icon('chevron-right'), el('span', { text: title }), el('span', { class: 'space' }), el('span', { class: 'num', text: count === undefined ? '' : String(count) })), ...content);
    group.addEventListener('toggle', () => this.#open.set(title, group.open));
    return group;
  }

  #attributeActions(row: number, group: 'attributes' | 'resource'): Parameters<typeof attributeList>[2] {
    const { actions, onFind } = this.#options;
    return {
      onFind,
      onOpenUrl: (index) => void actions.ask.openUrl(row, group, index),
      ...(group === 'attributes' ? { onCopy: (index: number) => void actions.ask.copy('attribute', index) } : {}),
    };
  }

  #links(span: WireSpanDetails): HTMLElement {
    const list = el('ul', { class: 'plain-list' });
    span.links.forEach((link, index) => {
      const open = linkButton(`${link.traceId.slice(0, 8)}… / ${link.spanId}`, `Open span ${link.spanId} of trace ${link.traceId}`, () => void this.#options.actions.ask.openLink(span.row, index));
      open.classList.add('mono');
      list.append(el('li', {}, open, attributeList(link.attributes, [...link.attributes.keys()], {})));
    });
    return list;
  }

  #identity(span: WireSpanDetails): HTMLElement {
    const { actions } = this.#options;
    const list = el('dl', { class: 'attributes identity' });
    const row = (key: string, value: string | Node, onCopy?: () => void): void => {
      if (value === '') return;
      const cell = el('dd', { class: 'mono' }, typeof value === 'string' ? visibleText(value) : value);
      if (onCopy !== undefined) cell.append(iconButton('copy', `Copy the ${key}`, onCopy));
      list.append(el('div', { class: 'attribute' }, el('dt', { text: key }), cell));
    };
    row('kind', span.kind);
    row('span id', span.spanId, () => void actions.ask.copy('spanId'));
    row('parent id', span.parentSpanId);
    row('trace id', span.traceId, () => void actions.ask.copy('traceId'));
    row('started', startOf(span));
    row('scope', `${span.scopeName}${span.scopeVersion === '' ? '' : ` ${span.scopeVersion}`}`);
    return list;
  }
}

/** By the reader's clock, and how long after the trace began; copied, the nanoseconds since 1970. */
function startOf(span: WireSpanDetails): HTMLElement {
  const start = BigInt(span.startUnixNano);
  const moment = exactValue(dateTimeText(unixMs(start)), span.startUnixNano);
  moment.title = exactMoment(start);
  return el('span', {}, moment, ' ', exactValue(`+${formatDuration(span.startNs)}`, exactNs(span.startNs), 'num dim'));
}

function eventList(span: WireSpanDetails): HTMLElement {
  const list = el('ul', { class: 'plain-list' });
  for (const event of span.events) {
    const after = event.atNs - span.startNs;
    list.append(
      el(
        'li',
        {},
        el('div', { class: 'event-name' }, exactValue(`+${formatDuration(after)}`, exactNs(after), 'num dim'), ' ', el('b', { text: visibleLine(event.name, 300) })),
        attributeList(event.attributes, [...event.attributes.keys()], {}),
      ),
    );
  }
  return list;
}

/** What is unusual about the span or explains its time; an attribute that explains several spans is told once. */
function unusualOf(span: WireSpanDetails, findings: readonly WhyFinding[]): WhyFinding[] {
  const told = new Map<string, WhyFinding>();
  for (const finding of findings) {
    if (finding.spanId !== span.spanId && finding.carrier?.spanId !== span.spanId) continue;
    const key = JSON.stringify([finding.attribute, finding.value]);
    if (!told.has(key)) told.set(key, finding);
  }
  return [...told.values()];
}

function unusualList(findings: readonly WhyFinding[]): HTMLElement {
  const list = el('dl', { class: 'attributes' });
  for (const finding of findings) {
    const exact = exactNs(Number(finding.deltaNs));
    const longer = `${formatDuration(Number(finding.deltaNs))} longer`;
    const words = finding.kind === 'calls' ? `ran ${countText(finding.calls ?? 0)} times` : finding.kind === 'new' ? 'usually does not run' : longer;
    const isTime = finding.attribute === undefined;
    const shown = isTime ? words : finding.value === undefined ? 'missing' : finding.value.trim() === '' ? 'empty' : visibleLine(valueText(finding.value));
    const usual = isTime ? (finding.usualCalls === undefined ? undefined : countText(finding.usualCalls)) : (finding.usual ?? 'absent');
    const odd = el('span', { class: 'odd num', text: shown, title: isTime ? exact : visibleText(finding.value ?? '') });
    const key = visibleLine(finding.attribute ?? 'time');
    list.append(el('div', { class: 'attribute' }, el('dt', { text: key, title: key }), el('dd', {}, odd, el('span', { class: 'dim', text: usual === undefined ? '' : ` usually ${visibleLine(valueText(usual))}` }))));
  }
  return list;
}

function statusOf(span: WireSpanDetails): HTMLElement {
  const words = span.status === 'error' ? 'error' : span.status;
  return el('p', { class: `details-note ${span.status === 'error' ? 'error-text' : ''}` }, ...(span.status === 'error' ? [icon('error'), ' '] : []), span.statusMessage === '' ? words : visibleText(span.statusMessage));
}
