/** The bundled source of `worker.ts`, made by the build. */
export const workerSource: string
