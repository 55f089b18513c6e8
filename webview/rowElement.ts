// One recycled row of the treegrid: indentation, twistie, service mark, name, service, remark, badges. Text by text nodes only.
// Owns no state; what it shows is handed to it. Bars are drawn elsewhere, over its second cell.
import { SpanFlag } from '../src/model/spanBatch.ts';
import { formatDuration } from '../src/model/time.ts';
import { exactNs } from '../src/analysis/numberText.ts';
import { visibleLine } from '../src/analysis/visibleText.ts';
import { HUES, serviceLook } from '../src/analysis/serviceHues.ts';
import { badgesOf, type Badge } from './badges.ts';
import { el } from './dom.ts';
import type { State } from './store.ts';
import type { ServiceOrder } from './serviceOrder.ts';

const INDENT = 14;
const MOST_BADGES = 3;

/** What is odd about a span, in the order of how much it matters. */
const REMARKS: readonly (readonly [number, string])[] = [
  [SpanFlag.orphan, 'parent not received'],
  [SpanFlag.inProgress, 'in progress'],
  [SpanFlag.cycle, 'parent cycle cut here'],
  [SpanFlag.negative, 'ends before it starts'],
  [SpanFlag.conflict, 'same id, different content'],
  [SpanFlag.strangeTime, 'strange time'],
  [SpanFlag.skew, 'clock skew'],
  [SpanFlag.dropped, 'data dropped by the sender'],
];

export class RowElement {
  readonly element: HTMLDivElement;
  /** Row of the trace shown now, -1 for none. */
  row = -1;
  position = -1;
  readonly #indent = el('span', { class: 'indent' });
  readonly #twistie = el('span', { class: 'twistie codicon', attributes: { 'aria-hidden': 'true' } });
  readonly #mark = el('span', { class: 'mark' });
  readonly #error = el('span', { class: 'row-error codicon codicon-error', attributes: { 'aria-hidden': 'true' } });
  readonly #name = el('span', { class: 'row-name' });
  readonly #service = el('span', { class: 'row-service' });
  readonly #remark = el('span', { class: 'chip remark' });
  readonly #badges = el('span', { class: 'badges', attributes: { 'aria-hidden': 'true' } });
  readonly #slots = Array.from({ length: MOST_BADGES }, () => el('span'));
  readonly #nameCell: HTMLDivElement;
  readonly #timeCell = el('div', { class: 'cell-time', role: 'gridcell' });

  constructor() {
    this.#badges.append(...this.#slots);
    this.#nameCell = el('div', { class: 'cell-name', role: 'gridcell' }, this.#indent, this.#twistie, this.#mark, this.#error, this.#name, this.#service, this.#remark, this.#badges);
    this.element = el('div', { class: 'row', role: 'row' }, this.#nameCell, this.#timeCell);
  }

  hide(): void {
    this.row = -1;
    this.position = -1;
    this.element.hidden = true;
    this.element.className = 'row';
    this.element.removeAttribute('id');
  }

  show(row: number, position: number, state: State, services: ServiceOrder, slow: ReadonlySet<number>): void {
    const data = state.data!;
    const { columns } = data;
    const flags = columns.flags[row]!;
    const depth = columns.depth[row]!;
    const isParent = columns.subtreeEnd[row]! > row + 1;
    const isCollapsed = isParent && state.collapsed.flags[row] === 1;
    const isSelected = row === state.selected;
    const name = visibleLine(columns.strings[columns.name[row]!]!) || '(no name)';
    const service = visibleLine(columns.strings[columns.service[row]!]!);
    const isError = (flags & SpanFlag.error) !== 0;
    const remarks = REMARKS.filter(([flag]) => (flags & flag) !== 0).map(([, words]) => words);
    const { element } = this;
    this.row = row;
    this.position = position;
    element.hidden = false;
    element.id = rowId(row);
    const look = serviceLook(services.of(columns.service[row]!));
    element.className = ['row', isSelected ? 'selected' : '', isError ? 'error' : '', state.rows.passed !== undefined && state.rows.passed[row] !== 1 ? 'context' : '', state.search.marks?.[row] === 1 ? 'match' : ''].join(' ');
    element.setAttribute('aria-rowindex', String(position + 1));
    element.setAttribute('aria-level', String(depth - levelBase(state)));
    element.setAttribute('aria-selected', String(isSelected));
    if (isParent) element.setAttribute('aria-expanded', String(!isCollapsed));
    else element.removeAttribute('aria-expanded');
    this.#twistie.className = `twistie codicon ${isParent ? (isCollapsed ? 'codicon-chevron-right' : 'codicon-chevron-down') : ''}`;
    this.#showIndent(depth - levelBase(state) - 1, state.layout.timelineLeft);
    const ground = isSelected ? (state.gridFocused ? state.theme.selected : state.theme.selectedInactive) : state.theme.plain;
    this.#mark.className = `mark round-${Math.min(3, look.round)}`;
    this.#mark.style.backgroundColor = ground.solid[look.hue]!;
    this.#error.hidden = !isError;
    this.#error.style.color = ground.solid[HUES]!;
    setText(this.#name, name);
    setText(this.#service, service);
    this.#remark.hidden = remarks.length === 0;
    setText(this.#remark, remarks[0] ?? '');
    const badges = badgesOf(flags, state.code.get(row), slow.has(row));
    this.#showBadges(badges);
    const running = (flags & SpanFlag.inProgress) !== 0;
    const times = `starts at ${formatDuration(columns.start[row]!)}${running ? '' : `, takes ${formatDuration(columns.duration[row]!)}`}`;
    element.setAttribute('aria-label', [name, service, times, isError ? 'error' : '', ...remarks, ...badges.map((badge) => badge.words)].filter((part) => part !== '').join(', '));
    this.#nameCell.title = [`${name} · ${service}`, ...remarks, ...badges.map((badge) => badge.words)].join('\n');
    const took = running ? 'in progress when it was sent' : `takes ${exactNs(columns.duration[row]!)}\nself ${exactNs(data.self[row]!)}`;
    this.#timeCell.title = `starts at ${exactNs(columns.start[row]!)}\n${took}`;
  }

  #showIndent(level: number, nameWidth: number): void {
    const most = Math.max(2, Math.floor((nameWidth * 0.4) / INDENT));
    const deep = level > most;
    this.#indent.style.width = `${(deep ? most : level) * INDENT}px`;
    setText(this.#indent, deep ? String(level + 1) : '');
  }

  #showBadges(badges: readonly Badge[]): void {
    const shown = badges.slice(0, MOST_BADGES);
    this.#slots.forEach((slot, k) => {
      // The first badge, code, stays at the right end, where the eye looks for it.
      const badge = shown[MOST_BADGES - 1 - k];
      slot.className = badge === undefined ? 'badge' : `badge codicon codicon-${badge.icon} ${badge.kind}`;
      slot.hidden = badge === undefined;
    });
  }
}

export const rowId = (row: number): string => `span-row-${row}`;

/** Level above the first one on show: a focused subtree starts at level 1 again. */
function levelBase(state: State): number {
  return state.focusRoot >= 0 ? state.data!.columns.depth[state.focusRoot]! - 1 : 0;
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
