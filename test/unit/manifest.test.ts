// package.json and the code name the same settings, commands, views, menus and `when` keys, both ways (R16 for the rest of it).
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { COMMANDS, CONTEXT_KEYS, EDITOR_ID, VIEW_ID, WATERFALL_COMMANDS, waterfallCommandId } from '../../src/host/commandIds.ts';
import { SETTING_DEFAULTS } from '../../src/host/settingKeys.ts';
import { TRACE_SCHEME } from '../../src/host/traceUri.ts';

interface Contribution {
  readonly command: string;
  readonly when?: string;
  readonly key?: string;
  readonly group?: string;
  readonly enablement?: string;
  readonly icon?: string;
}
interface Property {
  readonly default: unknown;
  readonly scope: string;
  readonly type: string;
  readonly markdownDescription: string;
}

const ROOT = path.resolve(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  activationEvents: string[];
  capabilities: { untrustedWorkspaces: { supported: unknown; description: string; restrictedConfigurations: string[] }; virtualWorkspaces: { supported: unknown } };
  contributes: {
    commands: Contribution[];
    menus: Record<string, Contribution[]>;
    keybindings: Contribution[];
    configuration: { properties: Record<string, Property> }[];
    views: Record<string, { id: string; icon: string }[]>;
    viewsContainers: { activitybar: { id: string; icon: string }[] };
    viewsWelcome: { view: string; contents: string; when: string }[];
    customEditors: { viewType: string; selector: { filenamePattern: string }[] }[];
  };
};
const { commands, menus, keybindings, configuration, views, viewsContainers, viewsWelcome, customEditors } = manifest.contributes;
const properties = Object.assign({}, ...configuration.map((part) => part.properties)) as Record<string, Property>;
const inCode = [...Object.values(COMMANDS), ...WATERFALL_COMMANDS.map(waterfallCommandId)].toSorted();
const whens = [...Object.values(menus).flat(), ...keybindings, ...commands, ...viewsWelcome].flatMap((entry) => ['when', 'enablement'].map((key) => (entry as unknown as Record<string, string | undefined>)[key] ?? ''));
const hostSources = (readdirSync(path.join(ROOT, 'src/host'), { recursive: true }) as string[]).filter((file) => file.endsWith('.ts')).map((file) => readFileSync(path.join(ROOT, 'src/host', file), 'utf8')).join('\n');

describe('manifest', () => {
  it('declares the commands of the code, and no others', () => {
    assert.deepEqual(commands.map(({ command }) => command).toSorted(), inCode);
  });

  it('names only declared commands in menus, keys and welcome texts', () => {
    const linked = viewsWelcome.flatMap(({ contents }) => [...contents.matchAll(/\(command:([\w.]+)\)/g)].map((match) => match[1]!));
    for (const command of [...Object.values(menus).flat(), ...keybindings].map((entry) => entry.command).concat(linked)) assert.ok((inCode as readonly string[]).includes(command), command);
  });

  it('gives every command of the tree a place in a menu, and every other one the palette', () => {
    const hidden = new Set(menus['commandPalette']!.filter(({ when }) => when === 'false').map(({ command }) => command));
    const placed = new Set([...menus['view/title']!, ...menus['view/item/context']!].map(({ command }) => command));
    // Pressed by their own rows.
    const byRow: ReadonlySet<string> = new Set([COMMANDS.loadMore]);
    for (const command of hidden) assert.ok(placed.has(command) || byRow.has(command), `${command} can be reached`);
  });

  it('declares the settings of the code with its defaults, and no others', () => {
    assert.deepEqual(Object.fromEntries(Object.entries(properties).map(([key, { default: value }]) => [key, value])), Object.fromEntries(Object.entries(SETTING_DEFAULTS).map(([key, value]) => [`tracefall.${key}`, value])));
    for (const [key, { markdownDescription, scope }] of Object.entries(properties)) assert.ok(markdownDescription.endsWith('.') && scope !== undefined, key);
  });

  it('reads every declared setting, and asks VS Code for settings in one file only', () => {
    for (const key of Object.keys(SETTING_DEFAULTS)) assert.ok(hostSources.includes(`setting('${key}')`) || hostSources.includes(`inspect<unknown>('${key}')`), key);
    assert.equal(hostSources.match(/getConfiguration\(/g)?.length, 1);
  });

  it('lets no workspace set a port, a path or an origin, and restricts what a workspace may set of the rest', () => {
    const restricted = new Set(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations);
    for (const key of Object.keys(properties).filter((name) => /\.(collector\.|store\.|source\.|connections$)/.test(name))) assert.ok(restricted.has(key), key);
    for (const key of Object.keys(properties).filter((name) => /\.(collector|store)\./.test(name) && !name.endsWith('.autoStart'))) assert.equal(properties[key]!.scope, 'machine', key);
    for (const key of restricted) assert.ok(Object.hasOwn(properties, key), key);
  });

  it('works in Restricted Mode and virtual workspaces with limits, and says which', () => {
    assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited');
    assert.match(manifest.capabilities.untrustedWorkspaces.description, /do not lead to source code/);
    assert.equal(manifest.capabilities.virtualWorkspaces.supported, 'limited');
  });

  it('activates by need only', () => {
    assert.deepEqual(manifest.activationEvents, ['onDebug']);
  });

  it('sets every `when` key it uses, and uses every one it sets', () => {
    const known = new Set<string>([...Object.values(CONTEXT_KEYS), VIEW_ID, EDITOR_ID]);
    const used = new Set(whens.flatMap((when) => [...when.matchAll(/tracefall\.[\w.]+/g)].map(([key]) => key)));
    for (const key of used) assert.ok(known.has(key), key);
    for (const key of Object.values(CONTEXT_KEYS)) assert.ok(used.has(key), `${key} is used`);
  });

  it('asks only for states and rows that exist', () => {
    const states = new Set(whens.flatMap((when) => [...when.matchAll(/tracefall\.state == (\w+)/g)].map((match) => match[1]!)));
    assert.deepEqual([...states].toSorted(), ['empty', 'failed', 'off', 'starting']);
    const items = whens.flatMap((when) => [...when.matchAll(/viewItem == ([\w.]+)/g)].map((match) => match[1]!));
    for (const item of items) assert.ok(hostSources.includes(`'${item}'`), item);
  });

  it('binds letters only in a waterfall where nobody types, and nothing twice', () => {
    const seen = new Set<string>();
    for (const { key, when, command } of keybindings) {
      assert.ok(when !== undefined, command);
      if (/^(shift\+)?.$/.test(key!) ) for (const part of [`activeCustomEditorId == '${EDITOR_ID}'`, `!${CONTEXT_KEYS.typing}`, '!inputFocus', '!terminalFocus', '!sideBarFocus', '!panelFocus']) assert.ok(when.includes(part), `${key}: ${part}`);
      assert.ok(!seen.has(`${key} ${when}`), key);
      seen.add(`${key} ${when}`);
    }
  });

  it('contributes the view and the editor of the code, with icons that exist', () => {
    assert.deepEqual(Object.values(views).flat().map(({ id }) => id), [VIEW_ID]);
    assert.deepEqual(customEditors.map(({ viewType, selector }) => [viewType, selector]), [[EDITOR_ID, [{ filenamePattern: `${TRACE_SCHEME}:/**` }]]]);
    for (const { icon } of [...Object.values(views).flat(), ...viewsContainers.activitybar]) assert.match(readFileSync(path.join(ROOT, icon), 'utf8'), /<svg/);
    const codicons = readFileSync(path.join(ROOT, 'node_modules/@vscode/codicons/dist/codicon.css'), 'utf8');
    const named = [...commands.flatMap(({ icon }) => icon?.match(/^\$\(([\w-]+)\)$/)?.[1] ?? []), ...[...hostSources.matchAll(/ThemeIcon\('([\w-]+)'/g)].map((match) => match[1]!), ...[...hostSources.matchAll(/icon: '([\w-]+)'/g)].map((match) => match[1]!)];
    for (const icon of named) assert.ok(codicons.includes(`.codicon-${icon}:before`), icon);
  });
});
