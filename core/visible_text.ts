/**
 * Makes foreign text safe to show: characters that control a terminal, change the direction of
 * writing or are invalid (lone surrogates) become `\u202e`, which in JSON stays the same text. Line
 * feeds and tabs stay.
 */
export function visibleText(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => "\n\t".includes(character) ? character : escapeUnits(character),
  );
}

function escapeUnits(character: string): string {
  return character.split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}
