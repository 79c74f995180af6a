import { encode } from "fast-png";

/** Images of one size. */
export interface Frames {
  readonly width: number;
  readonly height: number;
  /** Each `[height · width · 3]` u8 RGB, row-major. */
  readonly frames: readonly Uint8Array[];
}

/** An image as a file, with its size. */
export interface EncodedImage {
  readonly width: number;
  readonly height: number;
  readonly png: Uint8Array;
}

/** Pixels of white between two frames. */
const GAP = 4;

/**
 * Encodes frames side by side as one PNG.
 *
 * @throws {RangeError} If there is no frame, or one has not `height · width · 3` bytes
 */
export function encodeFilmStrip({ width, height, frames }: Frames): EncodedImage {
  if (frames.length === 0) {
    throw new RangeError("Cannot encode a film strip: expected frames, found none");
  }
  const total = frames.length * (width + GAP) - GAP;
  const rgb = new Uint8Array(total * height * 3).fill(255);
  frames.forEach((frame, index) => {
    if (frame.length !== width * height * 3) {
      throw new RangeError(
        `Cannot encode frame ${index} of a film strip: expected ${width} × ${height} × 3 bytes, found ${frame.length}`,
      );
    }
    for (let row = 0; row < height; row++) {
      const source = frame.subarray(row * width * 3, (row + 1) * width * 3);
      rgb.set(source, (row * total + index * (width + GAP)) * 3);
    }
  });
  const png = encode({ width: total, height, data: rgb, channels: 3, depth: 8 });
  return { width: total, height, png };
}

/** Bytes of a PNG as a `data:` URI. */
export function pngDataUri(png: Uint8Array): string {
  // In pieces: a call takes some 65,000 arguments at most.
  let binary = "";
  for (let i = 0; i < png.length; i += 0x8000) {
    binary += String.fromCharCode(...png.subarray(i, i + 0x8000));
  }
  return `data:image/png;base64,${btoa(binary)}`;
}
