import { TransientStoreError } from "../../core/errors.ts";
import { inParallel } from "./in_parallel.ts";
import type { S3Answer, S3Request } from "./s3_client.ts";
import { elementValue } from "./xml.ts";

/** Sends a request about one object. */
export type ObjectSender = (
  method: S3Request["method"],
  request: Pick<S3Request, "headers" | "body"> & { readonly query: string },
) => Promise<S3Answer>;

export interface PartsOptions {
  /** The object, as messages name it. */
  readonly place: string;
  /** Size of all parts but the last: for Amazon S3 5 MiB or more. */
  readonly partBytes: number;
  /** Headers with the condition of the write. */
  readonly condition: Readonly<Record<string, string>>;
  /** Headers with the metadata of the object. */
  readonly writer: Readonly<Record<string, string>>;
}

/** Parts sent at a time: one waits for the store's answer while others are on their way. */
const PARALLEL = 4;

/** Most parts of an upload that S3 takes. */
const MOST_PARTS = 10_000;

/**
 * Uploads an object in parts, each of which is repeated by itself where it fails. Nothing is there
 * under its key before the last request, which alone decides on the condition. What was uploaded is
 * dropped where that fails.
 *
 * @returns The answer to the last request: 200; 412 where the condition did not hold; 404 where the
 *   upload is gone, as after an attempt that succeeded and was not answered
 * @throws {TransientStoreError} If the store has lost the upload
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
export async function putInParts(
  send: ObjectSender,
  data: Uint8Array,
  { place, partBytes, condition, writer }: PartsOptions,
): Promise<S3Answer> {
  const begun = await send("POST", { query: "uploads=", headers: writer });
  const id = elementValue(new TextDecoder().decode(begun.body), "UploadId");
  if (begun.status !== 200 || id === null) throw lostUpload(place, `status ${begun.status}`);
  const upload = `uploadId=${encodeURIComponent(id)}`;
  let answer: S3Answer | null = null;
  try {
    const size = Math.max(partBytes, Math.ceil(data.length / MOST_PARTS));
    const tags: string[] = [];
    await inParallel(Array(Math.ceil(data.length / size)).keys(), {
      most: PARALLEL,
      async handle(index) {
        const body = data.subarray(index * size, (index + 1) * size);
        const part = await send("PUT", { query: `partNumber=${index + 1}&${upload}`, body });
        const tag = part.headers.get("etag") ?? "";
        // It goes into a document.
        if (part.status !== 200 || !/^"?[\w+/=-]+"?$/.test(tag)) {
          throw lostUpload(place, `status ${part.status} for part ${index + 1}`);
        }
        tags[index] = tag;
      },
    });
    const body = new TextEncoder().encode(listParts(tags));
    answer = await send("POST", { query: upload, headers: condition, body });
    return answer;
  } finally {
    if (answer?.status !== 200) await dropUpload(send, upload);
  }
}

function listParts(tags: readonly string[]): string {
  const parts = tags.map((tag, index) =>
    `<Part><PartNumber>${index + 1}</PartNumber><ETag>${tag}</ETag></Part>`
  );
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${
    parts.join("")
  }</CompleteMultipartUpload>`;
}

/** Drops what was uploaded. A store that fails keeps it until its rule for unfinished uploads. */
async function dropUpload(send: ObjectSender, query: string): Promise<void> {
  try {
    await send("DELETE", { query });
  } catch {
    // What failed before is what a person must know.
  }
}

function lostUpload(place: string, found: string): TransientStoreError {
  return new TransientStoreError({
    action: "write",
    place,
    expected: "the store to keep an upload in parts",
    found,
    remedy: "look at the store, and run again",
  });
}
