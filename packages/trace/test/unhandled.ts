import { createTracer } from '@runtape/trace'

// One rejection that is handled, one that is lost: only the second may be noticed.
const status: string[] = []
const noticed: string[] = []
process.on('unhandledRejection', error => void noticed.push((error as Error).message))
const sink = {
  append: (record: { kind: string; status?: string }) => void status.push(record.status ?? ''),
  flush: async () => {},
  close: async () => {},
}
const fail = createTracer({ sink }).traced('fail', async (message: string) => {
  throw new Error(message)
})
fail('handled').catch(() => {})
void fail('lost')
setTimeout(() => console.log(JSON.stringify({ noticed, status })), 50)
