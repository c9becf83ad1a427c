import { Readable } from 'node:stream'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing, currentSpan, traced } from '@runtape/trace'

// Calls that are open when the process ends in the given way.
const [file = '', ending] = process.argv.slice(2)
configureTracing({ sink: createRecorder({ store: sqliteStore(file) }) })

const never = traced('never', async (input: string) => {
  currentSpan()?.addTags(input)
  await new Promise(() => {})
})
const stream = traced('stream', async function* () {
  yield 1
  yield 2
  await new Promise(() => {})
})
const readable = traced('readable', () => Readable.from(['a', 'b']))
const secret = traced('secret', async () => {
  currentSpan()?.drop()
  await new Promise(() => {})
})
const stop = traced('stop', () => {
  if (ending === 'exit') process.exit(3)
  if (ending === 'throw') throw new Error('nobody catches it')
  if (ending === 'kill') process.kill(process.pid, 'SIGTERM')
})

const root = traced('root', async () => {
  void never('early')
  void secret()
  const steps = stream()
  await steps.next()
  await steps.next()
  void steps.next()
  const text = readable().once('readable', () => {})
  // Holds the streams: an unreferenced stream would be abandoned if collected before the end.
  process.once('exit', () => void [steps, text])
  await traced('done', async () => 'done')()
  stop()
  await never('late')
})

if (ending === 'kill') setInterval(() => {}, 1000)
void root()
