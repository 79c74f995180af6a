/**
 * A text of foreign data as it can be shown: characters that control a terminal, turn the direction of
 * writing or are none (halves of pairs) stand as `\u{202e}`. Line feeds and tabs stay.
 */
export function visibleText(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) =>
      "\n\t".includes(character) ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}
