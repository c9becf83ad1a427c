import { AsyncLocalStorage } from 'node:async_hooks'
import type { Tracer } from '@runtape/trace'
import fc from 'fast-check'

/** A small random program of mocked calls and its own timers, which returns its events in order. */
export type Timed =
  | { readonly step: 'call' | 'flaky' | 'sleep' | 'stream'; readonly ms: number }
  | {
      readonly step: 'timeout' | 'hedge' | 'poll' | 'heartbeat' | 'debounce'
      readonly ms: number
      readonly work: Timed
    }
  | { readonly step: 'sequence' | 'race' | 'all'; readonly parts: readonly Timed[] }

const ms = fc.integer({ min: 1, max: 120 })

export const timedPrograms: fc.Arbitrary<Timed> = fc.letrec<{ part: Timed; many: Timed }>(tie => ({
  part: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { arbitrary: fc.record({ step: fc.constantFrom('call', 'flaky', 'sleep', 'stream'), ms }), weight: 4 },
    {
      arbitrary: fc.record({
        step: fc.constantFrom('timeout', 'hedge', 'poll', 'heartbeat', 'debounce'),
        ms,
        work: tie('part'),
      }),
      weight: 3,
    },
    { arbitrary: tie('many'), weight: 3 },
  ) as fc.Arbitrary<Timed>,
  many: fc.record({
    step: fc.constantFrom('sequence', 'race', 'all'),
    parts: fc.array(tie('part'), { minLength: 1, maxLength: 4 }),
  }) as fc.Arbitrary<Timed>,
})).many

/** Milliseconds. */
const unitMs = 2 ** 22

/** An offset below one unit. Not linear in `place`, so that two sums of offsets are equal only by chance. */
function offsetOf(place: number): number {
  let mixed = Math.imul(place, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 10
}

const pause = (time: number) => new Promise<void>(resolve => setTimeout(resolve, time))

/** The program as a traced function; its result is the list of its events, in order. */
export function timedProgram(program: Timed, { traced }: Tracer): () => Promise<unknown> {
  let drawn = 0
  const call = traced('call', { mockOnReplay: true }, async (time: number) => {
    await pause(time)
    return `call ${drawn++}`
  })
  const flaky = traced('flaky', { mockOnReplay: true }, async (time: number) => {
    await pause(time)
    if (drawn++ % 2 === 0) throw new RangeError(`flaky ${drawn}`)
    return `flaky ${drawn}`
  })
  const stream = traced('stream', { mockOnReplay: true }, async function* (time: number) {
    for (let chunk = 0; chunk < 3; chunk++) {
      await pause(time)
      yield `chunk ${drawn++}`
    }
  })
  const notes = new AsyncLocalStorage<{ list: string[]; places: number }>()
  const note = (text: string) => void notes.getStore()?.list.push(text)
  /**
   * `time` units plus a unique offset in milliseconds, so that sums of waits rarely coincide: events within two
   * milliseconds have no defined order.
   */
  const own = (time: number) => {
    const state = notes.getStore() as { places: number }
    return unitMs * time + offsetOf(++state.places)
  }

  async function perform(part: Timed): Promise<void> {
    switch (part.step) {
      case 'call':
        return note(await call(own(part.ms)))
      case 'flaky':
        return note(await flaky(own(part.ms)).catch(String))
      case 'sleep': {
        const time = own(part.ms)
        await pause(time)
        return note(`slept ${part.ms}`)
      }
      case 'stream':
        for await (const chunk of stream(own(part.ms))) note(chunk)
        return
      case 'timeout':
        return note(
          await Promise.race([
            perform(part.work).then(() => 'in time'),
            pause(own(part.ms)).then(() => 'late'),
          ]),
        )
      case 'hedge':
        return Promise.race([perform(part.work), pause(own(part.ms)).then(() => perform(part.work))])
      case 'poll': {
        const until = Date.now() + unitMs * 3 * part.ms + unitMs / 2
        for (let polls = 0; polls < 5 && Date.now() < until; polls++) {
          await perform(part.work)
          await pause(own(part.ms))
        }
        return note('polled')
      }
      case 'heartbeat': {
        let beats = 0
        const heart = setInterval(() => note(`beat ${beats++}`), own(part.ms + 10))
        await perform(part.work)
        clearInterval(heart)
        return
      }
      case 'debounce': {
        const set = () => setTimeout(() => note('debounced'), own(part.ms))
        const timer = set()
        await perform(part.work)
        clearTimeout(timer)
        set()
        await perform(part.work)
        return
      }
      case 'sequence':
        for (const each of part.parts) await perform(each)
        return
      case 'race':
        return Promise.race(part.parts.map(perform))
      case 'all':
        await Promise.all(part.parts.map(perform))
    }
  }

  return traced('root', async () =>
    notes.run({ list: [], places: 0 }, async () => {
      await perform(program)
      return [...(notes.getStore()?.list ?? [])]
    }),
  )
}
