import { currentFrame, keepRealNow } from '@runtape/core/internal'
import type { ItemTimers } from './item-timers.ts'
import { replaceAll } from './replace.ts'

/** Lets `Date` and `performance.now` tell replayed code how much recorded time has gone by. */
export function patchClock(item: () => ItemTimers | undefined): (() => void)[] {
  const { Date: RealDate, performance: clock } = globalThis
  const now = clock.now.bind(clock)
  const skew = () => (isRealModelCall() ? 0 : (item()?.skew() ?? 0))
  return [
    keepRealNow(() => RealDate.now()),
    ...replaceAll([globalThis], 'Date', dateLater(RealDate, skew)),
    ...replaceAll([clock], 'now', () => now() + skew()),
  ]
}

// What it signs has to be of now.
function isRealModelCall(): boolean {
  const frame = currentFrame()
  const source = frame?.span?.sourceSpanId
  return source !== undefined && frame?.replay?.recorded?.(source)?.type === 'model'
}

/** A `Date` whose present is so many milliseconds later. */
function dateLater(RealDate: DateConstructor, skew: () => number): DateConstructor {
  const now = () => RealDate.now() + Math.floor(skew())
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
