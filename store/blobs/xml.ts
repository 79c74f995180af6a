/**
 * Text of the first element of a name that holds text alone, as it stands in the document; null if
 * there is none. The few answers of an object store that are read need no more of XML.
 */
export function elementText(xml: string, name: string): string | null {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? null;
}
