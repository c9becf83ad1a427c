import { messageOf } from '@runtape/core/internal'

/** Runs a step of OpenTelemetry. Ends in any case, and never rejects: an application must not wait for a backend. */
export async function inTime(
  run: () => unknown,
  timeoutMs: number,
  say: (problem: string) => void,
  step = 'forceFlush',
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<string>(resolve => {
    const problem = `did not end its ${step} in ${timeoutMs} ms; what it still has may be lost.`
    timer = setTimeout(resolve, timeoutMs, problem)
    timer.unref?.()
  })
  try {
    const problem = await Promise.race([run(), late])
    if (typeof problem === 'string') say(problem)
  } catch (error) {
    say(`failed in ${step}: ${messageOf(error)}`)
  } finally {
    clearTimeout(timer)
  }
}
