import { join } from "node:path";
import type { S3Credentials, S3Settings } from "../../../store/blobs/s3_settings.ts";
import { goTool } from "../../../tools/go_tool.ts";
import { S3Server } from "./_s3_server.ts";

/**
 * Starts versitygw with bucket `robots`, whose objects are files below `s3/buckets/robots`.
 *
 * @throws {Error} If it is not installed
 */
export async function startStore(
  held: AsyncDisposableStack,
  directory: string,
): Promise<S3Settings> {
  const { executables, reason } = await goTool("versitygw");
  if (executables === null) throw new Error(reason);
  const server = held.use(
    await S3Server.startVersitygw(executables["versitygw"]!, join(directory, "s3")),
  );
  await server.createBucket("robots");
  return server.settings;
}

/** Variables by which a program finds a store; none where there is no store. */
export function storeVariables(settings: S3Settings | undefined): Readonly<Record<string, string>> {
  if (settings === undefined) return {};
  const { endpoint, credentials } = settings;
  const { accessKeyId, secretAccessKey } = credentials as S3Credentials; // a test's are no identity
  return {
    AWS_ENDPOINT_URL_S3: endpoint!,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: "us-east-1",
  };
}
