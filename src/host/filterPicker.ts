// The filter of the trace lists as quick picks and input boxes: one field at a time, back to the menu until Escape.
// The lists own the filter; this only asks.
import * as vscode from 'vscode';
import { visibleLine } from '../analysis/visibleText.ts';
import { formatDuration } from '../model/time.ts';
import { durationInput } from './durationInput.ts';
import { type FoundNames, silentText } from './filterNames.ts';
import { askText } from './notices.ts';
import { withoutIcons } from './plainText.ts';
import type { TraceFilterValues, TraceSort } from './traceLists.ts';

/** Of the connections on show. */
export interface FilterNames {
  services(): Promise<FoundNames>;
  operations(service: string): Promise<FoundNames>;
}

type Field = keyof TraceFilterValues | 'clear';
type FieldItem = vscode.QuickPickItem & { readonly field: Field };
const ANY = 'Any';

/** `apply` is called after each answered field; the menu closes with Escape. */
export async function pickFilter(names: FilterNames, filter: TraceFilterValues, apply: (filter: TraceFilterValues) => void): Promise<void> {
  for (let current = filter; ; ) {
    const picked = await vscode.window.showQuickPick(menu(current), { title: 'Filter traces', placeHolder: 'What to filter by (Escape when done)' });
    if (picked === undefined) return;
    const next = picked.field === 'clear' ? {} : await askField(names, current, picked.field);
    if (next === undefined) continue;
    current = next;
    apply(current);
    if (picked.field === 'clear') return;
  }
}

function menu(filter: TraceFilterValues): FieldItem[] {
  const shown = (value: string | undefined): string => (value === undefined || value === '' ? ANY : withoutIcons(visibleLine(value, 80)));
  return [
    { field: 'service', label: '$(server) Service', description: shown(filter.service) },
    { field: 'operation', label: '$(symbol-method) Operation', description: shown(filter.operation) },
    { field: 'text', label: '$(search) Text', description: shown(filter.text) },
    { field: 'minDurationNs', label: '$(watch) Minimum duration', description: filter.minDurationNs === undefined ? ANY : formatDuration(filter.minDurationNs) },
    { field: 'errorsOnly', label: '$(error) Only traces with errors', description: filter.errorsOnly === true ? 'on' : 'off' },
    { field: 'clear', label: '$(clear-all) Clear the filter' },
  ];
}

async function askField(names: FilterNames, filter: TraceFilterValues, field: keyof TraceFilterValues): Promise<TraceFilterValues | undefined> {
  switch (field) {
    case 'errorsOnly':
      return { ...filter, errorsOnly: filter.errorsOnly !== true };
    case 'text':
      return askForText(filter);
    case 'minDurationNs':
      return askDuration(filter);
    case 'service':
      return askName(filter, 'service', names.services());
    case 'operation':
      return askName(filter, 'operation', names.operations(filter.service ?? ''));
  }
}

async function askForText(filter: TraceFilterValues): Promise<TraceFilterValues | undefined> {
  const text = await askText({ title: 'Filter by text', prompt: 'Part of a root name, a service or a trace id. Empty: any.', value: filter.text ?? '' });
  return text === undefined ? undefined : without(filter, 'text', text.trim() === '' ? undefined : text.trim());
}

async function askDuration(filter: TraceFilterValues): Promise<TraceFilterValues | undefined> {
  const text = await askText({
    title: 'Filter by duration',
    prompt: 'At least this long: 250 ms, 1.5 s, 2 min. Empty: any.',
    value: filter.minDurationNs === undefined ? '' : formatDuration(filter.minDurationNs),
    validateInput: (value) => (value.trim() === '' || durationInput(value) !== undefined ? undefined : 'A number with ns, us, ms, s, min or h, as in 250 ms.'),
  });
  return text === undefined ? undefined : without(filter, 'minDurationNs', durationInput(text));
}

async function askName(filter: TraceFilterValues, field: 'service' | 'operation', asked: Promise<FoundNames>): Promise<TraceFilterValues | undefined> {
  const items = asked.then(({ names, silent }) => {
    const missing = silentText(silent);
    return [
      // It stands in the row that follows it.
      ...(missing === undefined ? [] : [{ label: withoutIcons(visibleLine(missing, 200)), kind: vscode.QuickPickItemKind.Separator, name: undefined }]),
      { label: ANY, name: undefined },
      ...names.map((name) => ({ label: withoutIcons(visibleLine(name, 120)), name })),
    ];
  });
  const picked = await vscode.window.showQuickPick<vscode.QuickPickItem & { readonly name: string | undefined }>(items, { title: `Filter by ${field}`, placeHolder: `Which ${field}` });
  if (picked === undefined) return undefined;
  // Operations belong to a service: another service has others.
  const base = field === 'service' ? without(filter, 'operation', undefined) : filter;
  return without(base, field, picked.name);
}

function without<K extends keyof TraceFilterValues>(filter: TraceFilterValues, field: K, value: TraceFilterValues[K] | undefined): TraceFilterValues {
  const { [field]: _, ...rest } = filter;
  return value === undefined ? rest : { ...rest, [field]: value };
}

export async function pickSort(current: TraceSort): Promise<TraceSort | undefined> {
  const sorts: readonly { readonly sort: TraceSort; readonly label: string }[] = [
    { sort: 'newest', label: 'Newest first' },
    { sort: 'slowest', label: 'Slowest first' },
    { sort: 'spans', label: 'Most spans first' },
  ];
  const items = sorts.map((item) => ({ ...item, description: item.sort === current ? 'now' : '' }));
  return (await vscode.window.showQuickPick(items, { title: 'Sort traces' }))?.sort;
}
