/**
 * Markup that is safe to put into a page as it is. Only {@linkcode html}, {@linkcode trusted} and
 * {@linkcode joinHtml} make it, so that a string from data cannot reach the page unescaped.
 */
export interface Html {
  readonly [markup]: string;
}

const markup = Symbol("markup");

/** Values that a template can hold; `null` and `false` stand for nothing. */
export type HtmlValue = string | number | null | false | Html | readonly Html[];

/** Template tag that escapes every string and number put into it. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = parts[0]!;
  for (let i = 0; i < values.length; i++) text += textOf(values[i]!) + parts[i + 1]!;
  return { [markup]: text };
}

/** Markup made elsewhere, by a library that escapes its own data. Never for strings from data. */
export function trusted(text: string): Html {
  return { [markup]: text };
}

/** Concatenates pieces of markup. */
export function joinHtml(pieces: readonly Html[]): Html {
  return { [markup]: pieces.map((piece) => piece[markup]).join("\n") };
}

/** The text of markup. */
export function htmlText(piece: Html): string {
  return piece[markup];
}

/** A string with the characters escaped that HTML gives a meaning in text and in attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function textOf(value: HtmlValue): string {
  if (value === null || value === false) return "";
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  return htmlText("length" in value ? joinHtml(value) : value);
}
