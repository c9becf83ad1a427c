import type { ClockAndRandom } from '@runtape/core/internal'

/**
 * A `Date` that reads the clock of the running call's entropy, if it has one. Dates of both are instances of each other, so that
 * code which saved the real one sees no difference.
 */
export function replacedDate(
  RealDate: DateConstructor,
  world: () => ClockAndRandom | undefined,
): DateConstructor {
  function now(): number {
    return world()?.now() ?? RealDate.now()
  }
  return new Proxy(RealDate, {
    construct: (target, args: unknown[], newTarget) => {
      const here = args.length === 0 ? world() : undefined
      return Reflect.construct(target, here ? [here.now()] : args, newTarget) as Date
    },
    // As a function it returns the time as text.
    apply: target => {
      const here = world()
      return here ? new target(here.now()).toString() : target()
    },
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  })
}
