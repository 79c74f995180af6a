import { temporalDirectory } from "../../runtime/services/services.ts";
import { listWorkers } from "../../runtime/services/worker_registry.ts";
import { endProcess } from "../../infra/temporal/process.ts";
import { stopServer } from "../../infra/temporal/server.ts";

/** Ends what `keep` left running on a data directory. */
export async function stopServices(root: string): Promise<void> {
  await Promise.all(listWorkers(root).map((worker) => endProcess(worker, 0)));
  await stopServer(temporalDirectory(root));
}
