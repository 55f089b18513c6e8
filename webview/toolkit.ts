// @vscode/webview-ui-toolkit behind one file: deep imports of the controls used, no React, loaded after the first paint.
// The package is archived upstream; when it must go, this file is what changes.
import { provideVSCodeDesignSystem } from '@vscode/webview-ui-toolkit/dist/vscode-design-system.js';
import { vsCodeButton } from '@vscode/webview-ui-toolkit/dist/button/index.js';
import { tokenMappings } from '@vscode/webview-ui-toolkit/dist/utilities/design-tokens/create.js';
import { vsCodeTextField } from '@vscode/webview-ui-toolkit/dist/text-field/index.js';
import type { ControlFactory } from './controls.ts';

/** Registers the elements once and answers what makes them. */
export function toolkitControls(): ControlFactory {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeTextField());
  readTokens();
  return {
    themeChanged: readTokens,
    textField(label, placeholder) {
      const field = document.createElement('vscode-text-field') as HTMLElement & { value: string; currentValue: string; control?: HTMLInputElement };
      field.className = 'text-field';
      field.setAttribute('placeholder', placeholder);
      field.setAttribute('aria-label', label);
      field.setAttribute('spellcheck', 'false');
      return {
        element: field,
        get value() {
          return field.value;
        },
        set value(text: string) {
          field.value = text;
        },
        focus: () => {
          field.focus();
          field.control?.select();
        },
      };
    },
    button(label) {
      const button = document.createElement('vscode-button');
      button.setAttribute('appearance', 'secondary');
      button.textContent = label;
      return button;
    },
  };
}

/** The toolkit reads the theme when the window loads, which is over by now: read it for its tokens, here and at every change. */
function readTokens(): void {
  const styles = getComputedStyle(document.body);
  for (const [name, token] of tokenMappings) {
    const value = styles.getPropertyValue(name).trim();
    token.setValueFor(document.body, name === '--vscode-input-placeholderForeground' ? styles.getPropertyValue('--placeholder').trim() : value === '' && token.name.includes('background') ? 'transparent' : value);
  }
}
