import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RuntapeError } from '@runtape/core'
import type { Run, Store, Trace } from '@runtape/core/store'
import { formatJson } from './format-json.ts'
import { tapeOf } from './tape-file.ts'

/**
 * Writes a trace into a file, to keep with the code and to read with `tapeStore`. Payloads are plain JSON with their marks;
 * writing a trace again produces the same text. Error stacks are omitted, and so are the user and cost of its runs.
 *
 * @returns the path of the file: `<key>-<trace id>.json` in `folder`, which is created if missing
 * @throws {RuntapeError} `no-traces` if the store does not have the trace
 *
 * @example
 * ```ts
 * import { sqliteStore } from '@runtape/store-sqlite'
 * import { exportTape } from '@runtape/replay/tapes'
 *
 * const store = sqliteStore('runtape.db')
 * const { items } = await store.traces.list({ feedback: 'negative' })
 * for (const { traceId } of items) console.log(await exportTape(store, traceId, 'tapes'))
 * ```
 */
export async function exportTape(store: Store, traceId: string, folder: string): Promise<string> {
  const trace = await store.traces.get(traceId)
  if (!trace) {
    throw new RuntapeError(
      'no-traces',
      `Trace ${traceId} is not in the store. Check the id: runtape runs and runtape trace show the existing ones.`,
    )
  }
  const path = join(folder, fileName(trace))
  await mkdir(folder, { recursive: true })
  await writeFile(path, formatJson(tapeOf(trace, await runsOf(store, trace))))
  return path
}

const fileName = ({ traceId, root }: Trace): string =>
  `${
    root.key
      .replaceAll(/[^\w.-]+/g, '-')
      .replace(/^[.-]+/, '')
      .slice(0, 80) || 'trace'
  }-${traceId}.json`

/** The runs of a trace: those named by its spans, and those started in it. */
async function runsOf(store: Store, { traceId, root, spans }: Trace): Promise<Run[]> {
  const runs = new Map<string, Run>()
  for (const runId of new Set(spans.flatMap(span => span.runId ?? []))) {
    const run = await store.runs.get(runId)
    if (run) runs.set(runId, run)
  }
  for await (const run of runsBetween(store, root.startedAt, root.startedAt + root.durationMs)) {
    if (run.traceId === traceId) runs.set(run.runId, run)
  }
  return [...runs.values()]
}

async function* runsBetween(store: Store, since: number, end: number): AsyncGenerator<Run> {
  let cursor: string | undefined
  do {
    // Clocks count whole milliseconds, so the last event can be slightly after the end.
    const page = await store.runs.list({ since, until: end + 2, limit: 500, ...(cursor && { cursor }) })
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== undefined)
}
