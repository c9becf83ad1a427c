import { RuntapeError } from '@runtape/core'
import { memoryStore, runEvent } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { createRecorder } from './create-recorder.ts'
import { limitsOf } from './limits.ts'

const names = Object.keys(limitsOf({})) as (keyof ReturnType<typeof limitsOf>)[]

describe('a limit of a recorder', () => {
  test.each(names)('%s that is undefined is its default', name => {
    expect(limitsOf({ [name]: undefined })).toEqual(limitsOf({}))
  })

  test.each(names)('%s is refused if it is not a number above 0', name => {
    for (const bad of [Number.NaN, 0, -1, null, '5', {}, true, -Infinity, 5n]) {
      const create = () => createRecorder({ store: memoryStore(), [name]: bad } as never)
      expect(create).toThrow(RuntapeError)
      expect(create).toThrow(new RegExp(`^${name} must be .* \\(got .*\\)\\. Default: \\d+\\.$`))
    }
  })

  test('that is a time fits into a timer, and one that is a count is whole or infinite', () => {
    expect(() => limitsOf({ flushIntervalMs: Infinity })).toThrow('at most 2^31 - 1')
    expect(() => limitsOf({ retryMaxMs: 2 ** 31 })).toThrow('at most 2^31 - 1')
    expect(() => limitsOf({ batchSize: 1.5 })).toThrow('a whole number')
    expect(limitsOf({ maxSpans: Infinity, flushIntervalMs: 0.5 })).toMatchObject({ maxSpans: Infinity })
  })

  test('that is undefined still writes everything', async () => {
    const { appendSync: _, ...store } = memoryStore()
    const limits = Object.fromEntries(names.map(name => [name, undefined]))
    const recorder = createRecorder({ store, ...limits })
    recorder.append(runEvent())
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 1, queued: { runEvents: 0 } })
    await recorder.close()
  })
})
