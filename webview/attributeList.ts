// A list of attributes: key, value, and what can be done with one. Values are text, whatever they contain.
import { visibleLine, visibleText } from '../src/analysis/visibleText.ts';
import { countText } from '../src/analysis/numberText.ts';
import { prettyJson } from '../src/analysis/prettyJson.ts';
import type { WireAttribute } from '../src/protocol/messages.ts';
import { el, iconButton, linkButton } from './dom.ts';

/** Longer values start folded, UTF-16 units. */
const FOLD_ABOVE = 160;
/** Values that are read line by line. */
const STACK = /stack_?trace$/i;

export interface AttributeListActions {
  /** Finds spans with the same value. */
  readonly onFind?: (query: string) => void;
  /** Copies the whole value, which may be longer than what travelled. */
  readonly onCopy?: (index: number) => void;
  readonly onOpenUrl?: (index: number) => void;
}

/** `indices`: which of the attributes, in which order; they name an attribute to the host. */
export function attributeList(attributes: readonly WireAttribute[], indices: readonly number[], actions: AttributeListActions): HTMLElement {
  const list = el('dl', { class: 'attributes' });
  for (const index of indices) {
    const attribute = attributes[index]!;
    const key = visibleLine(attribute.key, 500);
    const tools = el('span', { class: 'tools' });
    if (actions.onFind !== undefined && attribute.text.length <= 200 && attribute.type !== 'array' && attribute.type !== 'map' && attribute.type !== 'bytes') {
      tools.append(iconButton('search', `Find spans with this ${key}`, () => actions.onFind!(queryFor(attribute))));
    }
    if (actions.onOpenUrl !== undefined && attribute.type === 'string' && /^https?:\/\/\S+$/i.test(attribute.text)) {
      tools.append(iconButton('link-external', `Open ${visibleLine(attribute.text)}`, () => actions.onOpenUrl!(index)));
    }
    if (actions.onCopy !== undefined) tools.append(iconButton('copy', `Copy ${key}`, () => actions.onCopy!(index)));
    const isLong = attribute.text.length > FOLD_ABOVE;
    const json = isLong && attribute.fullLength === undefined ? prettyJson(attribute.text) : undefined;
    const look = json !== undefined || STACK.test(attribute.key) ? `${attribute.type} code` : attribute.type;
    list.append(el('div', { class: isLong ? 'attribute long' : 'attribute' }, el('dt', { text: key, title: key }), el('dd', { class: look }, valueOf(attribute, json ?? attribute.text), tools)));
  }
  return list;
}

/** `text`: as it is laid out. */
function valueOf({ type, text: sent, fullLength }: WireAttribute, text: string): HTMLElement {
  if (type === 'empty' || (text === '' && type === 'string')) return el('span', { class: 'dim', text: type === 'empty' ? '(no value)' : '(empty)' });
  const cut = fullLength === undefined ? '' : `\n… cut here: ${countText(fullLength)} characters in all`;
  if (sent.length <= FOLD_ABOVE) return el('span', { class: 'value', text: `${visibleText(text)}${cut}` });
  const holder = el('span', { class: 'value' });
  const show = (whole: boolean): void => {
    const words = whole ? 'show less' : `show all ${countText(fullLength ?? sent.length)} characters`;
    holder.replaceChildren(
      whole ? `${visibleText(text)}${cut}` : `${visibleText(text.slice(0, FOLD_ABOVE))}… `,
      linkButton(words, words, () => show(!whole)),
    );
  };
  show(false);
  return holder;
}

/** `key="value"` in the search language: quotes and backslashes escaped. */
function queryFor(attribute: WireAttribute): string {
  const plain = /^[\w.:/-]+$/;
  const quoted = (text: string): string => (plain.test(text) && !text.includes(':') ? text : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`);
  return `${attribute.key}=${quoted(attribute.text)}`;
}
