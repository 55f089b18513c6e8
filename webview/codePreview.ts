// The span's code: the line in its context and how it was found; where there is none, why and the one-line fix.
// The path shown is for the eye: opening names the span, never the path.
import { visibleLine, visibleText } from '../src/analysis/visibleText.ts';
import { plural } from '../src/analysis/numberText.ts';
import type { WireSourceAnswer } from '../src/protocol/messages.ts';
import { el, icon, linkButton } from './dom.ts';

export function* codePreview(answer: WireSourceAnswer, onOpen: () => void): Iterable<Node> {
  const { preview } = answer;
  if (preview === undefined) {
    if (answer.why === undefined) return;
    const note = el('div', { class: 'source-none dim' }, icon('code'), el('span', { text: ` ${visibleText(answer.why)}` }));
    if (answer.fix !== undefined) note.append(el('pre', { class: 'mono', text: visibleText(answer.fix) }));
    yield note;
    return;
  }
  const how = [preview.reason, preview.confidence, preview.candidates > 1 ? plural(preview.candidates, 'candidate') : ''].filter((part) => part !== '').join(' · ');
  const lines = el('pre', { class: 'source-lines' });
  const digits = String(preview.firstLine + preview.lines.length).length;
  const shown = withoutIndent(preview.lines.map((text) => visibleText(text.replaceAll('\t', '    '))));
  shown.forEach((text, k) => {
    const number = preview.firstLine + k;
    lines.append(
      el('span', { class: number === preview.line ? 'source-line meant' : 'source-line' }, el('span', { class: 'line-number', text: String(number).padStart(digits) }), text, '\n'),
    );
  });
  lines.addEventListener('click', () => {
    if (document.getSelection()?.type !== 'Range') onOpen();
  });
  yield el(
    'div',
    { class: 'source' },
    el('div', { class: 'source-head' }, linkButton(visibleLine(preview.label), 'Open this line beside (Enter)', onOpen), el('span', { class: 'dim', text: visibleLine(how), title: visibleText(how) })),
    lines,
  );
}

/** What all lines are indented by tells nothing, and room is short. */
function withoutIndent(lines: readonly string[]): string[] {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  return lines.map((line) => line.slice(indents.length === 0 ? 0 : Math.min(...indents)));
}
