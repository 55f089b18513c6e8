// What runs in Chromium besides the product: the parent that carries messages, and the API that VS Code injects into its frames.
// Each function is sent as text: it may use nothing from around it.

export interface ParentOptions {
  readonly session: string;
  readonly theme: { readonly kind: string; readonly tokens: Readonly<Record<string, string>> };
  readonly saved: unknown;
}

export interface ParentWindow extends Window {
  tracefallParent: {
    readonly options: ParentOptions;
    state: unknown;
    /** The frame's clock starts when it is made: the open request. */
    openedAt: number;
    readonly post: (message: unknown) => void;
    readonly open: () => void;
  };
}

/** In the parent: the carrier. */
export function runParent(options: ParentOptions): void {
  const parent = window as unknown as ParentWindow;
  let sending: Promise<unknown> = Promise.resolve();
  const frameOf = (): HTMLIFrameElement | null => document.querySelector('iframe');
  const receive = async (): Promise<void> => {
    const response = await fetch(`/stream?session=${options.session}`);
    const reader = response.body!.getReader();
    let rest = new Uint8Array(0);
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const joined = new Uint8Array(rest.length + value.length);
      joined.set(rest);
      joined.set(value, rest.length);
      rest = joined;
      for (;;) {
        const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
        if (rest.length < 8 || rest.length < view.getUint32(0, true)) break;
        const total = view.getUint32(0, true);
        const count = view.getUint32(4, true);
        let at = 8 + 4 * count;
        const jsonLength = view.getUint32(at, true);
        at += 4;
        const json = new TextDecoder().decode(rest.subarray(at, at + jsonLength));
        at += jsonLength;
        const buffers: ArrayBuffer[] = [];
        for (let k = 0; k < count; k++) {
          const length = view.getUint32(8 + 4 * k, true);
          buffers.push(rest.slice(at, at + length).buffer);
          at += length;
        }
        const message: unknown = JSON.parse(json, (_, found: unknown) => (typeof found === 'object' && found !== null && '$buffer' in found ? buffers[(found as { $buffer: number }).$buffer] : found));
        frameOf()?.contentWindow?.postMessage(message, '*', buffers);
        rest = rest.slice(total);
      }
    }
  };
  parent.tracefallParent = {
    options,
    state: options.saved,
    openedAt: 0,
    post: (message) => {
      sending = sending.then(() => fetch(`/message?session=${options.session}`, { method: 'POST', body: JSON.stringify(message) }));
    },
    open: () => {
      frameOf()?.remove();
      const frame = document.createElement('iframe');
      frame.style.cssText = 'position:fixed;inset:0;width:100%;height:100%;border:0';
      parent.tracefallParent.openedAt = performance.now();
      frame.src = `/frame?session=${options.session}`;
      document.body.append(frame);
    },
  };
  document.body.style.margin = '0';
  void receive();
  parent.tracefallParent.open();
}

/** In every frame before its own scripts: acquireVsCodeApi, theme tokens and body class, as VS Code's own preload sets them. */
export function runPreload(): void {
  if (window.parent === window) return;
  const carrier = (window.parent as unknown as ParentWindow).tracefallParent;
  const { theme } = carrier.options;
  let acquired = false;
  Object.assign(window, {
    acquireVsCodeApi: () => {
      if (acquired) throw new Error('An instance of the VS Code API has already been acquired');
      acquired = true;
      return {
        postMessage: (message: unknown) => {
          performance.mark('asked');
          carrier.post(message);
        },
        getState: () => carrier.state,
        setState: (state: unknown) => {
          carrier.state = structuredClone(state);
          return state;
        },
      };
    },
  });
  document.addEventListener('readystatechange', () => {
    if (document.readyState !== 'interactive') return;
    for (const [name, value] of Object.entries(theme.tokens)) document.documentElement.style.setProperty(`--vscode-${name}`, value);
    document.body.className = theme.kind;
    document.body.dataset['vscodeThemeKind'] = theme.kind;
  });
}
