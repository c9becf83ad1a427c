interface WorkerState {
  readonly config?: { readonly root?: string; readonly testTimeout?: number }
}

// vitest offers tests no other access to its configuration.
const config = (): WorkerState['config'] =>
  (globalThis as { readonly __vitest_worker__?: WorkerState }).__vitest_worker__?.config

export const projectRoot = (): string => config()?.root ?? process.cwd()

/** In milliseconds, 0 for none. */
export const testTimeoutMs = (): number => config()?.testTimeout ?? 5000
