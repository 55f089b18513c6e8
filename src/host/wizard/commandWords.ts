// A command line as a person types it → program and arguments, and back. Blanks separate, quotation marks keep together; nothing is
// expanded, as no shell is run. Pure.

/** undefined where a quotation mark is not closed. */
export function commandWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (const character of line) {
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

export function commandLine(words: readonly string[]): string {
  return words.map((word) => (word !== '' && !/[\s"']/.test(word) ? word : word.includes('"') ? `'${word}'` : `"${word}"`)).join(' ');
}
