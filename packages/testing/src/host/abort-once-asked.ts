import type { FakeHost } from './fake-host.ts'

/** A replay asks no host. */
const longestMs = 3000

/** A signal that aborts with `reason` as soon as the host has received a request, at the latest after three seconds. */
export function abortOnceAsked({ requests }: FakeHost, reason?: Error): AbortSignal {
  const controller = new AbortController()
  const end = (afterMs: number) => {
    clearInterval(timer)
    clearTimeout(last)
    setTimeout(() => controller.abort(reason), afterMs)
  }
  // A moment later, when the client has sent everything.
  const timer = setInterval(() => requests.length > 0 && end(20), 5)
  const last = setTimeout(end, longestMs, 0)
  timer.unref()
  last.unref()
  return controller.signal
}
