import { createTracer } from '@runtape/trace'

// Handled and unhandled rejections: each unhandled one must be reported exactly once.
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

// The same for cached promises.
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
