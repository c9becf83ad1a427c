import type { FakeHost } from './fake-host.ts'

/** A signal that aborts with `reason` as soon as the host has received a request. */
export function abortOnceAsked({ requests }: FakeHost, reason?: Error): AbortSignal {
  const controller = new AbortController()
  const timer = setInterval(() => {
    if (requests.length === 0) return
    clearInterval(timer)
    // A moment later, when the client has sent everything.
    setTimeout(() => controller.abort(reason), 20)
  }, 5)
  timer.unref()
  return controller.signal
}
