/**
 * Text of the first element of a name that holds text alone, as it stands in the document; null if
 * there is none. The few answers of an object store that are read need no more of XML.
 */
export function elementText(xml: string, name: string): string | null {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? null;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** What {@linkcode elementText} finds, with characters in place of their names and numbers. */
export function elementValue(xml: string, name: string): string | null {
  return elementText(xml, name)?.replaceAll(
    /&(?:(\w+)|#(\d{1,6})|#x([0-9a-f]{1,5}));/gi,
    (whole, entity: string | undefined, decimal?: string, hexadecimal?: string) => {
      if (entity !== undefined) return ENTITIES[entity] ?? whole;
      return String.fromCodePoint(Number(decimal ?? `0x${hexadecimal}`));
    },
  ) ?? null;
}

/**
 * Contents of all elements of a name, which do not hold each other, as they stand in the document.
 * Linear in its length, also where elements do not end.
 */
export function* elementContents(xml: string, name: string): Iterable<string> {
  const opening = `<${name}>`, closing = `</${name}>`;
  let at = 0;
  for (;;) {
    const start = xml.indexOf(opening, at);
    if (start < 0) return;
    const end = xml.indexOf(closing, start);
    if (end < 0) return;
    yield xml.slice(start + opening.length, end);
    at = end + closing.length;
  }
}
