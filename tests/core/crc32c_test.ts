import assert from "node:assert/strict";
import { crc32c } from "../../core/crc32c.ts";

// RFC 3720, appendix B.4, but for the last, which is the check value of the CRC catalogue.
const VECTORS: readonly (readonly [Uint8Array, number])[] = [
  [new Uint8Array(32), 0x8a9136aa],
  [new Uint8Array(32).fill(0xff), 0x62a8ab43],
  [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  [new TextEncoder().encode("123456789"), 0xe3069283],
];

Deno.test("crc32c() is that of the published vectors", () => {
  for (const [data, expected] of VECTORS) assert.equal(crc32c(data), expected);
});

Deno.test("crc32c() changes with every bit at every length", () => {
  for (let length = 1; length < 40; length++) {
    const data = Uint8Array.from({ length }, (_, i) => 37 * i);
    const whole = crc32c(data);
    for (let bit = 0; bit < 8 * length; bit++) {
      const byte = bit >> 3;
      data[byte] = data[byte]! ^ (1 << (bit & 7));
      assert.notEqual(crc32c(data), whole);
      data[byte] = data[byte]! ^ (1 << (bit & 7));
    }
  }
});
