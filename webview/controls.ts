// The few form controls of the page, native until the toolkit is there. Knows the toolkit only by this interface.

export interface TextControl {
  readonly element: HTMLElement;
  value: string;
  focus(): void;
}

export interface ControlFactory {
  textField(label: string, placeholder: string): TextControl;
  button(label: string): HTMLElement;
  /** The editor's theme is another one. */
  themeChanged?(): void;
}

/** What the page asks for; which kind of control it gets depends on what is loaded. */
export class Controls {
  #factory: ControlFactory = native;
  readonly #waiting: ((factory: ControlFactory) => void)[] = [];

  button(label: string, onPress: () => void): HTMLElement {
    const button = this.#factory.button(label);
    button.addEventListener('click', onPress);
    return button;
  }

  textField(label: string, placeholder: string): TextControl {
    return this.#factory.textField(label, placeholder);
  }

  /** Calls back once better controls are there. */
  onUpgrade(listener: (factory: ControlFactory) => void): void {
    this.#waiting.push(listener);
  }

  themeChanged(): void {
    this.#factory.themeChanged?.();
  }

  get isUpgraded(): boolean {
    return this.#factory !== native;
  }

  upgrade(factory: ControlFactory): void {
    this.#factory = factory;
    for (const listener of this.#waiting.splice(0)) listener(factory);
  }
}

const native: ControlFactory = {
  textField(label, placeholder) {
    const input = document.createElement('input');
    input.type = 'text';
    input.className = 'text-field';
    input.placeholder = placeholder;
    input.spellcheck = false;
    input.setAttribute('aria-label', label);
    return {
      element: input,
      get value() {
        return input.value;
      },
      set value(text: string) {
        input.value = text;
      },
      focus: () => {
        input.focus();
        input.select();
      },
    };
  },
  button(label) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button';
    button.textContent = label;
    return button;
  },
};
