/**
 * Makes foreign text safe to show: characters that control a terminal, change the direction of
 * writing or are invalid (lone surrogates) become `\u{202e}`. Line feeds and tabs stay.
 */
export function visibleText(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) =>
      "\n\t".includes(character) ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}
