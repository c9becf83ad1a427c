import { Readable } from 'node:stream'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing, currentSpan, traced } from '@runtape/trace'

// Calls that have not ended when the process does, in the way that is asked for.
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
  // A stream that nothing holds is abandoned, where the memory is cleaned up before the end.
  process.once('exit', () => void [steps, text])
  await traced('done', async () => 'done')()
  stop()
  await never('late')
})

if (ending === 'kill') setInterval(() => {}, 1000)
void root()
