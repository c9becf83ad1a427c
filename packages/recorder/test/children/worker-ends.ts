// Starts a worker thread that records spans continuously. After some spans, ends as its second argument says.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { span } from '@runtape/testing'

if (isMainThread) {
  const [, , path = '', ending = ''] = process.argv
  const worker = new Worker(new URL(import.meta.url), { workerData: { path } })
  const told: number[] = []
  const ends: Record<string, () => unknown> = {
    exit: () => process.exit(0),
    throw: () => {
      throw new Error('uncaught')
    },
    terminate: () => worker.terminate(),
    sigkill: () => process.kill(process.pid, 'SIGKILL'),
  }
  process.on('exit', () => {})
  worker.on('message', (count: number) => {
    told.push(count)
    // Written synchronously: a pipe is asynchronous, and the process ends here.
    if (told.length === 20) {
      process.stdout.write(String(count), () => ends[ending]?.())
    }
  })
} else {
  const { path } = workerData as { readonly path: string }
  const recorder = createRecorder({ store: sqliteStore(path), flushIntervalMs: 60_000 })
  let count = 0
  const record = () => {
    for (let index = 0; index < 5; index++) if (recorder.append(span())) count++
    parentPort?.postMessage(count)
    setTimeout(record, 1)
  }
  record()
}
