/**
 * Meshes in PLY, which MuJoCo does not read itself: text, or binary in either byte order.
 *
 * @see http://paulbourke.net/dataformats/ply/ for the format
 */

/** Bytes of the scalar types, by both of their names. */
const SIZES: Readonly<Record<string, number>> = {
  ...{ char: 1, uchar: 1, short: 2, ushort: 2, int: 4, uint: 4, float: 4, double: 8 },
  ...{ int8: 1, uint8: 1, int16: 2, uint16: 2, int32: 4, uint32: 4, float32: 4, float64: 8 },
};

/** Longest header, in bytes. */
const MAX_HEADER = 1 << 16;

interface Property {
  readonly name: string;
  readonly type: string;
  /** Type of the count before a list; null of a single number. */
  readonly count: string | null;
}

interface PlyElement {
  readonly name: string;
  readonly rows: number;
  readonly properties: readonly Property[];
}

interface Header {
  readonly format: string;
  readonly elements: readonly PlyElement[];
  /** Bytes of the header. */
  readonly length: number;
}

/** Gives the numbers of a body, one after another. */
type NextNumber = (type: string) => number;

/**
 * The mesh of a PLY file as OBJ, its polygons as fans of triangles.
 *
 * @throws {SyntaxError} If it is no PLY with vertices and faces; the message says why
 */
export function plyToObj(bytes: Uint8Array): Uint8Array {
  const header = parseHeader(bytes);
  const next = readerOf(header, bytes.subarray(header.length));
  const lines: string[] = [];
  let vertices = 0, faces = 0;
  for (const { name, rows, properties } of header.elements) {
    for (let row = 0; row < rows; row++) {
      const values = properties.map((property) => ({ property, numbers: read(property, next) }));
      const named = (wanted: string) =>
        values.find(({ property }) => property.name === wanted)?.numbers ?? [];
      if (name === "vertex") {
        lines.push(
          `v ${["x", "y", "z"].map((axis) => coordinate(named(axis)[0], axis)).join(" ")}`,
        );
        vertices++;
      } else if (name === "face") {
        const corners = [...named("vertex_indices"), ...named("vertex_index")];
        for (let third = 2; third < corners.length; third++) {
          lines.push(
            `f ${[0, third - 1, third].map((i) => index(corners[i]!, vertices)).join(" ")}`,
          );
          faces++;
        }
      }
    }
  }
  if (vertices === 0 || faces === 0) throw new SyntaxError("points without faces");
  return new TextEncoder().encode(`${lines.join("\n")}\n`);
}

function coordinate(value: number | undefined, axis: string): number {
  if (value !== undefined && Number.isFinite(value)) return value;
  throw new SyntaxError(`a vertex without a finite ${axis}`);
}

/** Returns a vertex index as OBJ counts, from 1. */
function index(value: number, vertices: number): number {
  if (Number.isInteger(value) && value >= 0 && value < vertices) return value + 1;
  throw new SyntaxError(`a face of vertex ${value}, of ${vertices}`);
}

function parseHeader(bytes: Uint8Array): Header {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, MAX_HEADER));
  const [head] = /^ply\s[\s\S]*?\bend_header[ \t]*\r?\n/.exec(start) ?? [];
  if (head === undefined) throw new SyntaxError("no header of a PLY file");
  let format = "";
  const elements: { name: string; rows: number; properties: Property[] }[] = [];
  for (const line of head.split(/\r?\n/)) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === "format") format = rest[0] ?? "";
    else if (word === "element") {
      elements.push({ name: rest[0] ?? "", rows: Number(rest[1]), properties: [] });
    } else if (word === "property") {
      elements.at(-1)?.properties.push(
        rest[0] === "list"
          ? { count: rest[1] ?? "", type: rest[2] ?? "", name: rest[3] ?? "" }
          : { count: null, type: rest[0] ?? "", name: rest[1] ?? "" },
      );
    }
  }
  if (!["ascii", "binary_little_endian", "binary_big_endian"].includes(format)) {
    throw new SyntaxError(`format "${format}"`);
  }
  for (const { name, rows, properties } of elements) {
    if (!Number.isSafeInteger(rows) || rows < 0 || properties.length === 0) {
      throw new SyntaxError(`an element "${name}" without a number of rows, or without properties`);
    }
    const unknown = properties.flatMap(({ type, count }) => [type, count ?? type])
      .find((type) => !Object.hasOwn(SIZES, type));
    if (unknown !== undefined) throw new SyntaxError(`a property of type "${unknown}"`);
  }
  return { format, elements, length: head.length };
}

/** Every row takes at least a byte, so a body that is too short ends the reading early. */
function readerOf({ format }: Header, body: Uint8Array): NextNumber {
  const short = () => new SyntaxError("fewer numbers than the header says");
  if (format === "ascii") {
    const words = new TextDecoder("latin1").decode(body).matchAll(/\S+/g);
    return () => {
      const { value, done } = words.next();
      if (done) throw short();
      return Number(value[0]);
    };
  }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const little = format === "binary_little_endian";
  let at = 0;
  return (type) => {
    const size = SIZES[type]!; // parseHeader() knows no others
    if (at + size > view.byteLength) throw short();
    const value = numberAt(view, at, { type, size, little });
    at += size;
    return value;
  };
}

function numberAt(
  view: DataView,
  at: number,
  { type, size, little }: { type: string; size: number; little: boolean },
): number {
  if (/^(float|double)/.test(type)) {
    return size === 4 ? view.getFloat32(at, little) : view.getFloat64(at, little);
  }
  const unsigned = type.startsWith("u");
  if (size === 1) return unsigned ? view.getUint8(at) : view.getInt8(at);
  if (size === 2) return unsigned ? view.getUint16(at, little) : view.getInt16(at, little);
  return unsigned ? view.getUint32(at, little) : view.getInt32(at, little);
}

function read({ type, count }: Property, next: NextNumber): number[] {
  if (count === null) return [next(type)];
  const length = next(count);
  const numbers: number[] = [];
  for (let i = 0; i < length; i++) numbers.push(next(type));
  return numbers;
}
