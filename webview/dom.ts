// Making elements. Text goes in as text nodes only; attributes that could carry code, style or an address are refused.

export interface ElementOptions {
  readonly class?: string;
  readonly text?: string;
  readonly title?: string;
  readonly role?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

const REFUSED = /^(on.*|style|href|src|srcdoc|action|formaction)$/i;

export function el<K extends keyof HTMLElementTagNameMap>(tag: K, options: ElementOptions = {}, ...children: readonly (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (options.class !== undefined) element.className = options.class;
  if (options.text !== undefined) element.textContent = options.text;
  if (options.title !== undefined) element.title = options.title;
  if (options.role !== undefined) element.setAttribute('role', options.role);
  for (const [name, value] of Object.entries(options.attributes ?? {})) {
    if (REFUSED.test(name)) throw new Error(`The attribute ${name} is not set from here.`);
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** A codicon; decoration only, so it is hidden from assistive technology. */
export function icon(name: string): HTMLSpanElement {
  return el('span', { class: `codicon codicon-${name}`, attributes: { 'aria-hidden': 'true' } });
}

/** A button that is an icon; its label is its name and its tooltip. */
export function iconButton(name: string, label: string, onPress: () => void): HTMLButtonElement {
  const button = el('button', { class: 'icon-button', title: label, attributes: { type: 'button', 'aria-label': label } }, icon(name));
  button.addEventListener('click', onPress);
  return button;
}

export function toggleButton(label: string, title: string, onPress: () => void): HTMLButtonElement {
  const button = el('button', { class: 'chip toggle', text: label, title, attributes: { type: 'button', 'aria-pressed': 'false' } });
  button.addEventListener('click', onPress);
  return button;
}

/** Text that looks and acts as a link but is a button: it names nothing, the host decides what opens. */
export function linkButton(text: string, title: string, onPress: () => void): HTMLButtonElement {
  const button = el('button', { class: 'link', text, title, attributes: { type: 'button' } });
  button.addEventListener('click', onPress);
  return button;
}

/** Rounded on the screen, exact in the tooltip and when copied. */
export function exactValue(shown: string, exact: string, className = 'num'): HTMLSpanElement {
  const span = el('span', { class: className, text: shown, title: exact });
  span.dataset['exact'] = exact;
  return span;
}

/** Copying inside one rounded value copies the exact one. */
export function copyExactValues(root: Document): void {
  root.addEventListener('copy', (event) => {
    const selection = root.getSelection();
    const holder = (node: Node | null | undefined): HTMLElement | null | undefined => (node instanceof Element ? node : node?.parentElement)?.closest<HTMLElement>('[data-exact]');
    const from = holder(selection?.anchorNode);
    const exact = from?.dataset['exact'];
    if (from === null || exact === undefined || from !== holder(selection?.focusNode) || event.clipboardData === null) return;
    event.clipboardData.setData('text/plain', exact);
    event.preventDefault();
  });
}
