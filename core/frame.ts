/**
 * Frames by which a program of another language and this one speak: a header of 8 bytes, the length
 * of the payload and its type, then the payload (docs/python_protocol.md).
 */

/** Version of what frames mean; both sides refuse another. */
export const PROTOCOL = 1;

/** Bytes before a payload. */
export const HEADER_BYTES = 8;

/** Types of frames. An answer has the type of what it answers, or `error`. */
export const FRAME = {
  hello: 1,
  welcome: 2,
  error: 3,
  reset: 16,
  step: 17,
  render: 18,
  act: 19,
  state: 20,
  policyAct: 32,
} as const;

/** Header that precedes a payload. */
export interface FrameHeader {
  /** Bytes of the payload. */
  readonly length: number;
  /** One of {@linkcode FRAME}, unless the other side speaks nonsense. */
  readonly type: number;
}

/** A frame that arrived. */
export interface Frame {
  readonly type: number;
  /** Begins at a multiple of 8 bytes of its buffer; valid until the next frame is read. */
  readonly payload: Uint8Array;
}

/** Writes a header at the beginning of a buffer. */
export function writeHeader(buffer: ArrayBufferLike, { length, type }: FrameHeader): void {
  const view = new DataView(buffer, 0, HEADER_BYTES);
  view.setUint32(0, length, true);
  view.setUint32(4, type, true);
}

/** Reads the header at the beginning of a buffer. */
export function readHeader(buffer: ArrayBufferLike): FrameHeader {
  const view = new DataView(buffer, 0, HEADER_BYTES);
  return { length: view.getUint32(0, true), type: view.getUint32(4, true) };
}

/** A payload that is JSON. */
export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Offset of the next array of a payload, a multiple of 8. @param bytes Bytes before it */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
