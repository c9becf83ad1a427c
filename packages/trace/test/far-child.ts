import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing, extractTrace, traced } from '@runtape/trace'

// The callee in a worker thread or a child process: same store, own recorder.
interface Task {
  readonly file: string
  readonly name: string
  readonly headers: Record<string, string | undefined>
}
const task: Task = isMainThread
  ? { file: process.argv[2] ?? '', name: process.argv[3] ?? '', headers: process.env }
  : workerData

const recorder = createRecorder({ store: sqliteStore(task.file) })
configureTracing({ sink: recorder })
const leaf = traced('leaf', async (name: string) => name.length)
const work = traced(`in ${task.name}`, async (name: string) => leaf(name))

const result = await extractTrace(task.headers, () => work(task.name))
await recorder.close()
if (isMainThread) console.log(result)
else parentPort?.postMessage(result)
