import type { ClockAndRandom } from '@runtape/core/internal'
import { replaceIfAllowed } from './replace-if-allowed.ts'

type World = () => ClockAndRandom | undefined

const perSecond = 1_000_000_000n
const perMs = 1e6

/** Makes `performance.now` and `process.hrtime` use the running call's entropy. */
export function patchMonotonicClocks(world: World): (() => void)[] {
  const { now } = performance
  const real = () => now.call(performance)
  // Whole nanoseconds, which the tape restores exactly.
  const read = () => BigInt(Math.round(real() * perMs))
  const { hrtime } = process
  const bigint = () => world()?.monotonic('hrtime', hrtime.bigint) ?? hrtime.bigint()
  return [
    // On the object itself: our own clock bypasses it.
    replaceIfAllowed(performance, 'now', () => {
      const here = world()
      return here ? Number(here.monotonic('performance', read)) / perMs : real()
    }),
    replaceIfAllowed(process, 'hrtime', Object.assign(hrtimeOf(world, hrtime, bigint), { bigint })),
  ]
}

function hrtimeOf(world: World, hrtime: NodeJS.HRTime, bigint: () => bigint) {
  return (since?: [number, number]): [number, number] => {
    if (!world()) return hrtime(since)
    // It throws for an invalid time.
    if (since !== undefined) hrtime(since)
    const [seconds, nanoseconds] = since ?? [0, 0]
    const passed = bigint() - (BigInt(seconds) * perSecond + BigInt(nanoseconds))
    const whole = passed / perSecond - (passed % perSecond < 0n ? 1n : 0n)
    return [Number(whole), Number(passed - whole * perSecond)]
  }
}
