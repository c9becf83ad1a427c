import { describe, expect, test } from 'vitest'
import { replay } from '../src/run/replay.ts'
import { newTape } from './tape.ts'

describe('large traces', () => {
  test('of 10,000 levels are replayed', async () => {
    const { store, recorder, tracer } = newTape()
    const descend = tracer.traced('descend', async (left: number): Promise<number> => {
      await null
      return left === 0 ? 0 : 1 + (await descend(left - 1))
    })
    await descend(10_000)
    await recorder.flush()
    const ran = await replay(descend, { store, mock: 'marked' })
    expect(ran.items[0]).toMatchObject({ result: 10_000, error: null })
    const served = await replay(descend, { store, mock: 'all' })
    expect(served.items[0]).toMatchObject({
      result: 10_000,
      mocks: { served: [{ key: 'descend' }], unused: [] },
    })
  })

  test('of 20,000 calls under one parent are replayed in linear time', async () => {
    const { store, recorder, tracer } = newTape()
    const leaf = tracer.traced('leaf', async (index: number) => ({ index }))
    const fan = tracer.traced('fan', async (count: number) => {
      const all = await Promise.all(Array.from({ length: count }, (_, index) => leaf(index)))
      return all.every(({ index }, place) => index === place)
    })
    await fan(20_000)
    await recorder.flush()
    const { items } = await replay(fan, { store, mock: 'all' })
    expect(items[0]).toMatchObject({ result: true, error: null })
    expect(items[0]?.mocks.served).toHaveLength(20_000)
  })
})
