// The worker of a store: it checkpoints the log and reads. The build bundles it with all its imports into one text
// (`#worker-source`), so that it also works in a bundled application.
import { parentPort, workerData } from 'node:worker_threads'
import { openBeside } from '../open.ts'
import { workerSlice } from '../reading/in-slices.ts'
import type { ReadName } from '../reading/reads.ts'
import { RunRows } from '../rows/run-rows.ts'
import { keepFilling } from '../searching/keep-filling.ts'
import { TrigramFile } from '../trigrams/trigram-file.ts'
import { packAnswer, packFailure } from './answers.ts'
import type { Reply, Request, WorkerSettings } from './messages.ts'
import { readsOf } from './reads.ts'
import { SameFile } from './same-file.ts'
import { WalKeeper } from './wal-keeper.ts'

const settings = workerData as WorkerSettings
const { path, name, busyTimeoutMs } = settings
const file = new SameFile(settings)
const check = () => file.check()
const database = openBeside(path, name, busyTimeoutMs, check)
const logDatabase = openBeside(path, name, 0, check)
const keeper = new WalKeeper(logDatabase, path)
const index = new TrigramFile(database)
const reads = readsOf(database, new RunRows(database), {
  slice: workerSlice,
  fillsSearch: settings.fillsSearch,
  index,
})
const filler = settings.fillsSearch ? keepFilling(database, index) : undefined

let timer = setTimeout(look)

function look(): void {
  file.check()
  timer = setTimeout(look, keepLog())
}

function keepLog(): number {
  try {
    return keeper.look()
  } catch {
    // The disk is full, or the file is damaged. The writing thread reports it.
    return 1000
  }
}

async function answer(id: number, read: ReadName, query: unknown): Promise<void> {
  try {
    const answered = await (reads[read] as (query: unknown) => Promise<unknown>)(query)
    const { packed, handedOver } = packAnswer(answered)
    reply({ id, answer: packed }, handedOver)
  } catch (error) {
    reply({ id, failure: packFailure(error) })
  }
}

function close(): void {
  clearTimeout(timer)
  filler?.stop()
  index.close()
  logDatabase.close()
  database.close()
  parentPort?.close()
}

const reply = (message: Reply, handedOver: ArrayBuffer[] = []): void =>
  parentPort?.postMessage(message, handedOver)

parentPort?.on('message', (request: Request) => {
  if ('close' in request) return close()
  // Throws if the file was replaced: the worker ends, and the store answers.
  file.check()
  void answer(request.id, request.read, request.query)
})
reply({ ready: true })
