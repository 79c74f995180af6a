import { InvalidInputError } from "../../core/errors.ts";

/**
 * Splits a command into words as a POSIX shell does, and does nothing else that a shell would:
 * quotes and backslashes keep characters together, `$`, `*`, `;` and the like are characters.
 *
 * @throws {InvalidInputError} If a quote is not closed
 */
export function splitCommand(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === "'" || character === '"') {
      const quoted = readQuoted(text, i);
      word = (word ?? "") + quoted.text;
      i = quoted.end;
    } else if (character === "\\") {
      if (++i === text.length) throw unfinished(text, "a character behind the last backslash");
      word = (word ?? "") + text[i]!;
    } else word = (word ?? "") + character;
  }
  if (word !== null) words.push(word);
  return words;
}

/** The text between the quote at an index and the next of its kind, and where that is. */
function readQuoted(text: string, start: number): { readonly text: string; readonly end: number } {
  const quote = text[start]!;
  let found = "";
  for (let i = start + 1; i < text.length; i++) {
    const character = text[i]!;
    if (character === quote) return { text: found, end: i };
    // Between double quotes a backslash stands for itself, but before these.
    const escapes = quote === '"' && character === "\\" && /["\\$`]/.test(text[i + 1] ?? "");
    found += escapes ? text[++i]! : character;
  }
  throw unfinished(text, `a closing ${quote}`);
}

function unfinished(text: string, expected: string): InvalidInputError {
  return new InvalidInputError({
    action: "split the command",
    place: text,
    expected,
    found: "the end",
    remedy: "close it",
  });
}
