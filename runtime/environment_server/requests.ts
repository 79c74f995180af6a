import { InvalidInputError } from "../../core/errors.ts";
import { aligned } from "../../core/frame.ts";

/** Reads the binary requests of clients, see docs/python_protocol.md. */

/** An episode that a world is to begin. */
export interface EpisodeRequest {
  /** Index of the world. */
  readonly world: number;
  /** Seed and stream; null where those of the world's episode before hold. */
  readonly origin: { readonly seed: number; readonly stream: string } | null;
  /** Null for the first candidate of an origin that is given, and for the next of one that is not. */
  readonly candidate: number | null;
  /** Distance between the candidates of a world's episodes, at least 1. */
  readonly stride: number;
}

/** Bytes of a request before the text of its stream. */
const FIXED = 32;

/** Streams are names of stages, and what attempts add to them. */
const LONGEST_STREAM = 200;

/**
 * Reads what `reset` asks for: of every world that is to begin, `u32` world, `u32` bytes of the
 * stream, `f64` seed, candidate and stride, −1 where there is none, then the stream in UTF-8, filled
 * up with zeros to a multiple of 8 bytes.
 *
 * @throws {InvalidInputError} If it is not that
 */
export function readReset(payload: Uint8Array, worlds: number): readonly EpisodeRequest[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const requests: EpisodeRequest[] = [];
  let at = 0;
  while (at < payload.length) {
    if (payload.length - at < FIXED) throw malformed(`a rest of ${payload.length - at} bytes`);
    const world = view.getUint32(at, true), length = view.getUint32(at + 4, true);
    const [seed, candidate, stride] = [8, 16, 24].map((offset) =>
      view.getFloat64(at + offset, true)
    );
    const end = at + FIXED + length;
    if (world >= worlds) throw malformed(`world ${world} of ${worlds}`);
    if (length > LONGEST_STREAM || end > payload.length) {
      throw malformed(`${length} bytes of stream`);
    }
    // A copy, for a decoder takes no memory that threads share.
    const stream = new TextDecoder().decode(payload.slice(at + FIXED, end));
    requests.push({
      world,
      origin: seed === -1 ? null : { seed: whole("seed", seed), stream },
      candidate: candidate === -1 ? null : whole("candidate", candidate),
      stride: Math.max(1, whole("stride", stride)),
    });
    at += FIXED + aligned(length);
  }
  if (requests.length === 0) throw malformed("no world");
  return requests;
}

function whole(name: string, value: number | undefined): number {
  if (value !== undefined && Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidInputError(
    `Cannot reset: expected ${name} to be an integer in [0, 2^53), found ${value}`,
  );
}

function malformed(found: string): InvalidInputError {
  return new InvalidInputError(
    `Cannot reset: expected requests of ${FIXED} bytes and a stream each, found ${found}`,
  );
}

/** Bytes of the largest request. @param size Numbers of an action */
export function mostRequestBytes(
  { worlds, size }: { readonly worlds: number; readonly size: number },
): number {
  return worlds * Math.max(4 * size, FIXED + aligned(LONGEST_STREAM)) + 8;
}

/** Numbers that a request gives each world. */
interface RowsOptions {
  /** Verb for messages. */
  readonly verb: string;
  readonly what: string;
  readonly worlds: number;
  /** Numbers of a row. */
  readonly size: number;
}

/**
 * Reads rows of float32, `[worlds · size]`.
 *
 * @throws {InvalidInputError} If they are too few, too many or not finite; no world has moved then
 */
export function readRows(
  payload: Uint8Array,
  { verb, what, worlds, size }: RowsOptions,
): Float32Array {
  if (payload.length !== 4 * worlds * size) {
    throw new InvalidInputError(
      `Cannot ${verb}: expected ${worlds} × ${size} float32, found ${payload.length} bytes`,
    );
  }
  const values = new Float32Array(payload.buffer, payload.byteOffset, worlds * size);
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw new InvalidInputError(
      `Cannot ${verb}: expected finite numbers as ${what}, found ${values[i]} in component ` +
        `${i % size} of world ${Math.floor(i / size)}: no world has moved`,
    );
  }
  return values;
}

/** The world that a request names, `u32`. @throws {InvalidInputError} If there is none */
export function readWorld(payload: Uint8Array, worlds: number): number {
  if (payload.length >= 4) {
    const world = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
    if (world < worlds) return world;
  }
  throw new InvalidInputError(`Cannot find a world: expected a number below ${worlds}`);
}
