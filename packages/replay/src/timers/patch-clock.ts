import { currentFrame, keepRealNow } from '@runtape/core/internal'
import type { ItemTimers } from './item-timers.ts'
import { replaceAll } from './replace.ts'

/** Makes `Date` and `performance.now` show replayed code the recorded time. */
export function patchClock(item: () => ItemTimers | undefined): (() => void)[] {
  const { Date: RealDate, performance: clock } = globalThis
  const realNow = clock.now.bind(clock)
  const realTime = () => RealDate.now()
  const read = (real: () => number) => (isRealModelCall() ? real() : (item()?.reading(real) ?? real()))
  return [
    keepRealNow(realTime),
    ...replaceAll(
      [globalThis],
      'Date',
      dateBy(RealDate, () => Math.floor(read(realTime))),
    ),
    ...replaceAll([clock], 'now', () => read(realNow)),
  ]
}

// Its signatures must use the real time.
function isRealModelCall(): boolean {
  const frame = currentFrame()
  const source = frame?.span?.sourceSpanId
  return source !== undefined && frame?.replay?.recorded?.(source)?.type === 'model'
}

/** A `Date` whose current time comes from `now`. */
function dateBy(RealDate: DateConstructor, now: () => number): DateConstructor {
  return new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, newTarget: object) =>
      Reflect.construct(
        target,
        args.length === 0 ? [now()] : (args as unknown[]),
        newTarget as never,
      ) as Date,
    get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
  })
}
