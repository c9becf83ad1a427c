// Started by killed-test-run.test.ts: a replay that is killed after some of its items have resolved.
import { spawnSync } from 'node:child_process'
import { createRecorder } from '@runtape/recorder'
import { replay } from '@runtape/replay'
import { sqliteStore } from '@runtape/store-sqlite'
import { createTracer } from '@runtape/trace'

const [file = '', mode] = process.argv.slice(2)
const store = sqliteStore(file)
const recorder = createRecorder({ store })
const fn = createTracer({ sink: recorder }).traced('fn', async (id: number) => id * 2)
if (mode === 'record') for (let id = 0; id < 10; id++) await fn(id)
await recorder.flush()
if (mode === 'record') process.exit(0)
let done = 0
const { summary } = await replay(fn, {
  store,
  limit: 10,
  testRunId: 'killed',
  maxConcurrency: 1,
  logger: { warn: message => console.log(message) },
  onProgress: () => {
    // Killed by a signal, because a replay prevents its code from ending the process.
    if (mode === 'kill' && ++done === 4) spawnSync('kill', ['-KILL', String(process.pid)])
  },
})
console.log(`${summary.total} items`)
process.exit(0)
