// Started by sigint.test.ts: a replay that hangs until it is interrupted.
import { createRecorder } from '@runtape/recorder'
import { replay } from '@runtape/replay'
import { sqliteStore } from '@runtape/store-sqlite'
import { createTracer } from '@runtape/trace'

const [file = '', mode] = process.argv.slice(2)
const store = sqliteStore(file)
const recorder = createRecorder({ store })
let isReplay = false
const fn = createTracer({ sink: recorder }).traced('fn', async (id: number) => {
  if (isReplay) {
    setInterval(() => {}, 1000)
    console.log('started')
    await new Promise(() => {})
  }
  return id
})
for (const id of [1, 2, 3]) await fn(id)
await recorder.flush()
isReplay = true
// A second replay, which takes longer to complete.
if (mode === 'two') {
  const complete: typeof store.testRuns.complete = async (...args) => {
    await new Promise(resolve => setTimeout(resolve, 200))
    return store.testRuns.complete(...args)
  }
  void replay(fn, { store: { ...store, testRuns: { ...store.testRuns, complete } }, maxConcurrency: 1 })
}
// The store has the test run before this process knows it.
const start: typeof store.testRuns.start = async what => {
  const started = await store.testRuns.start(what)
  if (mode !== 'starting') return started
  console.log('started')
  await new Promise(resolve => setTimeout(resolve, 200))
  return started
}
if (mode === 'listens') process.on('SIGINT', () => {})
const { status, summary } = await replay(fn, {
  store: { ...store, testRuns: { ...store.testRuns, start } },
  maxConcurrency: 1,
})
console.log(`${status} ${summary.failed} failed, ${summary.notRun} not run`)
process.exit(0)
