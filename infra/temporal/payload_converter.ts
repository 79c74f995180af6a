import type { Client } from "@temporalio/client";
import type { DataConverter, Payload } from "@temporalio/common";
import type { Environment } from "./connection.ts";
import { codecKeys, EncryptedPayloads } from "./encrypted_payloads.ts";
import { StoredPayloads } from "./stored_payloads.ts";

/**
 * Makes the converter by which clients and workers of a data root pass payloads: encrypted where
 * the environment has a key, and large ones outside the server.
 *
 * @param root Absolute path of the data root
 * @throws {InvalidInputError} If the environment has something else as a key
 */
export function payloadConverter(root: string, environment: Environment): DataConverter {
  // The first codec sees a payload first when it is written, and last when it is read.
  return {
    payloadCodecs: [new EncryptedPayloads(codecKeys(environment)), new StoredPayloads(root)],
  };
}

/** Reads a payload that the SDK hands out as it came from the server, such as one of a heartbeat. */
export async function decodePayload(client: Client, payload: Payload): Promise<unknown> {
  const { payloadConverter, payloadCodecs } = client.options.loadedDataConverter;
  let decoded = [payload];
  for (const codec of payloadCodecs.toReversed()) decoded = await codec.decode(decoded);
  return payloadConverter.fromPayload(decoded[0]!); // codecs keep the number of payloads
}
