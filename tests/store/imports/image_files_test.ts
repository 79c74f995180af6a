import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { encode } from "fast-png";
import { createRandom } from "../../../core/random.ts";
import { decodeImage } from "../../../store/imports/image_files.ts";
import { pythonEnvironment, runPython } from "../../../tools/python_env.ts";

const { python, reason } = await pythonEnvironment("tests");
const skipped = reason === null ? "" : ` (skipped: ${reason})`;

const SIZE = { height: 21, width: 37 };

/** Files of every kind, and what OpenCV, which has libjpeg-turbo and libpng, makes of them. */
const WRITE = `
import base64, json, zlib, struct
import cv2, numpy
random = numpy.random.default_rng(0)
slope = numpy.add.outer(5 * numpy.arange(21), 3 * numpy.arange(37))[..., None]
image = (slope + random.integers(0, 60, (21, 37, 3))).clip(0, 255).astype(numpy.uint8)
alpha = numpy.concatenate([image, image[..., :1]], axis=2)
wide = image.astype(numpy.uint16) * 257

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

def png(kind, depth, rows, palette=b""):
    header = struct.pack(">IIBBBBB", 37, 21, depth, kind, 0, 0, 0)
    data = zlib.compress(b"".join(b"\\0" + row for row in rows))
    parts = [chunk(b"IHDR", header), chunk(b"PLTE", palette) if palette else b""]
    return b"\\x89PNG\\r\\n\\x1a\\n" + b"".join(parts) + chunk(b"IDAT", data) + chunk(b"IEND", b"")

def packed(values, depth):
    bits = numpy.unpackbits(values.astype(numpy.uint8)[..., None], axis=2)[..., 8 - depth:]
    return [row.tobytes() for row in numpy.packbits(bits.reshape(21, -1), axis=1)]

palette = random.integers(0, 256, 768).astype(numpy.uint8).tobytes()
factor = cv2.IMWRITE_JPEG_SAMPLING_FACTOR
files = {
    "RGB": cv2.imencode(".png", image)[1].tobytes(),
    "alpha": cv2.imencode(".png", alpha)[1].tobytes(),
    "16 bits": cv2.imencode(".png", wide)[1].tobytes(),
    "grey": cv2.imencode(".png", image[..., 0])[1].tobytes(),
    "jpeg": cv2.imencode(".jpg", image)[1].tobytes(),
    "jpeg 444": cv2.imencode(".jpg", image, [factor, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444])[1].tobytes(),
    "jpeg progressive": cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes(),
    "jpeg grey": cv2.imencode(".jpg", image[..., 0])[1].tobytes(),
}
for depth in (1, 2, 4, 8):
    values = image[..., 0] & numpy.uint8(2 ** depth - 1)
    files[f"palette {depth}"] = png(3, depth, packed(values, depth), palette[: 3 * 2 ** depth])
    files[f"grey {depth}"] = png(0, depth, packed(values, depth))
found = {}
for name, file in files.items():
    pixels = cv2.imdecode(numpy.frombuffer(file, numpy.uint8), cv2.IMREAD_COLOR)
    found[name] = [base64.b64encode(part).decode() for part in (file, pixels[..., ::-1].tobytes())]
print(json.dumps(found))
`;

Deno.test({
  name: `decodeImage() gives the pixels that OpenCV gives, of PNG and JPEG of every kind${skipped}`,
  ignore: python === null,
  fn: async () => {
    const files: Readonly<Record<string, readonly [string, string]>> = JSON.parse(
      await runPython(python!, WRITE),
    );
    assert.equal(Object.keys(files).length, 16);
    for (const [name, [file, pixels]] of Object.entries(files)) {
      const found = await decodeImage(Uint8Array.fromBase64(file), SIZE);
      assert.deepEqual(found, Uint8Array.fromBase64(pixels), name);
    }
  },
});

const PNG = encode({ ...SIZE, data: new Uint8Array(21 * 37 * 3), channels: 3, depth: 8 });

Deno.test("decodeImage() names what it refuses", async () => {
  const text = (content: string) => new TextEncoder().encode(content);
  const refuses = async (bytes: Uint8Array, message: RegExp) => {
    await assert.rejects(decodeImage(bytes, SIZE), { name: "ImageError", message });
  };
  await refuses(text("GIF89a"), /expected a PNG or JPEG file, found GIF/);
  await refuses(text("RIFF1234WEBPVP8 "), /found WebP/);
  await refuses(text("nothing"), /found 7 bytes of no known format/);
  await refuses(new Uint8Array(0), /found 0 bytes/);
  await refuses(PNG.subarray(0, 50), /expected a whole PNG file/);
  const other = encode({ height: 37, width: 21, data: new Uint8Array(21 * 37 * 3), channels: 3 });
  await refuses(other, /expected 21 × 37 px \(height × width\), found 37 × 21/);
  await refuses(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0), /no header of a frame/);
});

Deno.test("decodeImage() inflates no more than an image of the size can be", async () => {
  const bomb = deflateSync(new Uint8Array(64 * 2 ** 20));
  const chunk = new Uint8Array(12 + bomb.length), view = new DataView(chunk.buffer);
  view.setUint32(0, bomb.length);
  chunk.set([..."IDAT"].map((letter) => letter.charCodeAt(0)), 4);
  chunk.set(bomb, 8);
  const file = new Uint8Array(PNG.length + chunk.length);
  // Behind the header, before all else.
  file.set(PNG.subarray(0, 33));
  file.set(chunk, 33);
  file.set(PNG.subarray(33), 33 + chunk.length);
  await assert.rejects(decodeImage(file, SIZE), { name: "ImageError" });
});

Deno.test("decodeImage() refuses a JPEG file of more scans than any encoder writes", async () => {
  const frame = [0xff, 0xc2, 0, 17, 8, 0, 21, 0, 37, 3, 1, 17, 0, 2, 17, 0, 3, 17, 0];
  const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0, 0x12, 0xff, 0, 0x34];
  const thumbnail = [0xff, 0xe1, 0, 8, 0xff, 0xda, 0, 8, 1, 1]; // its scans are none of the image's
  const fileOf = (scans: number) =>
    Uint8Array.from([
      ...[0xff, 0xd8, ...thumbnail, ...frame],
      ...Array<readonly number[]>(scans).fill(scan).flat(),
      ...[0xff, 0xd9],
    ]);
  await assert.rejects(decodeImage(fileOf(65), SIZE), {
    name: "ImageError",
    message: /expected at most 64 scans, found 65/,
  });
  await assert.rejects(decodeImage(fileOf(64), SIZE), { message: /expected a whole JPEG file/ });
});

Deno.test("decodeImage() refuses or decodes whatever bytes are flipped, and never fails otherwise", async () => {
  const random = createRandom(3, "flips", 0);
  for (let trial = 0; trial < 200; trial++) {
    const file = Uint8Array.from(PNG);
    for (let flips = 1 + random.integer(4); flips > 0; flips--) {
      file[random.integer(file.length)] = random.integer(256);
    }
    try {
      const rgb = await decodeImage(file, SIZE);
      assert.equal(rgb.length, 21 * 37 * 3);
    } catch (error) {
      assert.ok(error instanceof Error && error.name === "ImageError", String(error));
    }
  }
});
