import { createTracer } from '@runtape/trace'

// Rejections that are handled, and some that are lost: only those may be noticed, once each.
const status: string[] = []
const noticed: string[] = []
process.on('unhandledRejection', error => void noticed.push((error as Error).message))
const sink = {
  append: (record: { kind: string; status?: string }) => void status.push(record.status ?? ''),
  flush: async () => {},
  close: async () => {},
}
const { traced } = createTracer({ sink })
const fail = traced('fail', async (message: string) => {
  throw new Error(message)
})
fail('handled').catch(() => {})
void fail('lost')

// The same of promises that are handed out twice.
const cached = new Map<string, Promise<never>>()
const failCached = traced('cached', (message: string) => {
  const known = cached.get(message) ?? Promise.reject(new Error(message))
  cached.set(message, known)
  return known
})
failCached('handled and cached').catch(() => {})
void failCached('handled and cached')
void failCached('lost and cached')
void failCached('lost and cached')
setTimeout(() => console.log(JSON.stringify({ noticed, status })), 50)
