// What the README says of settings and keys is what the manifest says.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

const file = (name: string): URL => new URL(`../../${name}`, import.meta.url);
const readme = readFileSync(file('README.md'), 'utf8');

interface Setting {
  readonly default: unknown;
  readonly description?: string;
  readonly markdownDescription?: string;
}
interface Manifest {
  readonly contributes: {
    readonly configuration: readonly { readonly properties: Readonly<Record<string, Setting>> }[];
    readonly keybindings: readonly { readonly key: string; readonly command: string }[];
  };
}
const manifest = JSON.parse(readFileSync(file('package.json'), 'utf8')) as Manifest;

describe('README', () => {
  it('has a row for every setting, with its default and its description, and no other', () => {
    const rows = readme.slice(readme.indexOf('<!-- settings:start -->'), readme.indexOf('<!-- settings:end -->')).split('\n').filter((line) => line.startsWith('| `tracefall.'));
    const expected = manifest.contributes.configuration.flatMap(({ properties }) => Object.entries(properties)).map(([key, setting]) => {
      const description = (setting.markdownDescription ?? setting.description ?? '').replaceAll('\n', ' ').replaceAll('|', '\\|');
      return `| \`${key}\` | \`${JSON.stringify(setting.default)}\` | ${description} |`;
    });
    assert.deepEqual(rows, expected);
  });

  it('names the single-letter keys of the waterfall', () => {
    for (const { key, command } of manifest.contributes.keybindings) {
      if (/^[a-z0-9[\]/]$/.test(key) && command.startsWith('tracefall.waterfall.')) assert.ok(readme.includes(`\`${key}\``), `${key} (${command})`);
    }
  });

  it('shows pictures that are there', () => {
    for (const [, picture] of readme.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)) assert.ok(existsSync(file(picture!)), picture);
  });
});
