import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import type { Payload, PayloadCodec } from "@temporalio/common";
import { InvalidInputError, SluiceError } from "../../core/errors.ts";
import type { Environment } from "./connection.ts";

/**
 * Encrypts payloads with AES-256-GCM before they leave the process, so that a Temporal server and
 * those who can read its database see no parameters, results or failures' details. The format is
 * that of Temporal's own samples: 12 bytes of nonce, the ciphertext of the payload as a protocol
 * buffer, and 16 bytes of tag.
 */

/** Variable with the keys: base64, comma-separated. The first encrypts, all of them decrypt. */
export const CODEC_KEY = "SLUICE_CODEC_KEY";

/** Value in the metadata of an encrypted payload. */
const ENCRYPTED = "binary/encrypted";

/** Field of the metadata that names the key. */
const KEY_ID = "encryption-key-id";

/** Sizes of a key, a nonce and a tag (bytes). */
const KEY_BYTES = 32, NONCE_BYTES = 12, TAG_BYTES = 16;

/** A key with its name: the first 16 hex digits of its SHA-256, which tell nothing about it. */
interface CodecKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads the keys of an environment.
 *
 * @returns None where payloads are not encrypted
 * @throws {InvalidInputError} If one is not a key; the message does not contain it
 */
export function codecKeys(environment: Environment): readonly CodecKey[] {
  const texts = (environment[CODEC_KEY] ?? "").split(",").map((text) => text.trim());
  return texts.filter((text) => text !== "").map((text) => {
    const bytes = Buffer.from(text, "base64");
    if (!/^[\w+/-]+=*$/.test(text) || bytes.length !== KEY_BYTES) {
      throw new InvalidInputError({
        action: `use ${CODEC_KEY}`,
        expected: `keys of ${KEY_BYTES} bytes in base64`,
        found: `one of ${bytes.length} bytes`,
        remedy: "create one with: openssl rand -base64 32",
      });
    }
    return { id: createHash("sha256").update(bytes).digest("hex").slice(0, 16), bytes };
  });
}

/** Codec that encrypts with the first of several keys and decrypts with any of them. */
export class EncryptedPayloads implements PayloadCodec {
  readonly #keys: readonly CodecKey[];

  /** @param keys None where it only reports what it cannot decrypt */
  constructor(keys: readonly CodecKey[]) {
    this.#keys = keys;
  }

  // deno-lint-ignore require-await -- what it throws rejects
  async encode(payloads: Payload[]): Promise<Payload[]> {
    const [key] = this.#keys;
    if (key === undefined) return payloads;
    const message = payloadMessage();
    return payloads.map((payload) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce);
      const plain = message.encode(payload).finish();
      const data = Buffer.concat([
        nonce,
        cipher.update(plain),
        cipher.final(),
        cipher.getAuthTag(),
      ]);
      return { metadata: { encoding: bytesOf(ENCRYPTED), [KEY_ID]: bytesOf(key.id) }, data };
    });
  }

  /**
   * Decrypts what is encrypted; the rest passes, as runs from before there was a key wrote it.
   *
   * @throws {SluiceError} If there is no key for it, or the bytes were changed
   */
  // deno-lint-ignore require-await -- likewise
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => {
      if (textOf(payload.metadata?.["encoding"]) !== ENCRYPTED) return payload;
      const { metadata, data } = payloadMessage().decode(this.#decrypt(payload));
      return { metadata, data };
    });
  }

  #decrypt({ metadata, data }: Payload): Uint8Array {
    const id = textOf(metadata?.[KEY_ID]), key = this.#keys.find((known) => known.id === id);
    if (key === undefined) throw this.#unknownKey(id);
    const bytes = data ?? new Uint8Array(), end = bytes.length - TAG_BYTES;
    try {
      const decipher = createDecipheriv(
        "aes-256-gcm",
        key.bytes,
        bytes.subarray(0, NONCE_BYTES),
        { authTagLength: TAG_BYTES },
      );
      decipher.setAuthTag(bytes.subarray(end));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, end)), decipher.final()]);
    } catch {
      throw new SluiceError({
        action: "decrypt a payload of the Temporal server",
        expected: `the bytes that key ${id} encrypted`,
        found: "others",
        remedy: "cancel the run and start it again; committed work is reused",
      });
    }
  }

  #unknownKey(id: string): SluiceError {
    const ids = this.#keys.map((key) => key.id);
    return new SluiceError({
      action: "decrypt a payload of the Temporal server",
      expected: `key ${/^[\w-]{1,64}$/.test(id) ? id : "with a name"} in ${CODEC_KEY}`,
      found: ids.length === 0 ? "no key" : ids.join(", "),
      remedy: "set the variable as it was where the run was started, for every worker and command",
    });
  }
}

/** Loads the codec of the payloads' protocol buffer, which only encryption needs. */
function payloadMessage() {
  const proto: typeof import("@temporalio/proto") = require("@temporalio/proto"); // CommonJS
  return proto.temporal.api.common.v1.Payload;
}

const require = createRequire(import.meta.url);

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return bytes == null ? "" : new TextDecoder().decode(bytes);
}
