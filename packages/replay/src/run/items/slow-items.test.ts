import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { newTape } from '../../../test/tape.ts'
import { SlowItems } from './slow-items.ts'

describe('items that have been running for long', () => {
  test('are named, again when the time has doubled, and no more after they have ended', async () => {
    const { logger, warnings } = newTape()
    const slow = new SlowItems(logger, 100)
    const ends = ['a', 'b', 'c', 'd', 'e', 'f'].map(traceId => slow.watch(traceId))
    // On a loaded machine the last ones may begin too late for the first warning.
    while (warnings.length < 2) await wait(5)
    expect(warnings[0]).toMatch(/^The replays? of traces? a.* not ended after 0\.1 s\. .*--timeout/)
    expect(warnings[1]).toMatch(
      /^The replays of traces a, b, c, d, e and 1 more have not ended after 0\.2 s\./,
    )
    for (const end of ends) end()
    const count = warnings.length
    await wait(500)
    expect(warnings).toHaveLength(count)
  })

  test('are distinguished from those that have just started', async () => {
    const { logger, warnings } = newTape()
    const slow = new SlowItems(logger, 50)
    const end = slow.watch('old')
    const quick = setInterval(() => slow.watch('quick')(), 1)
    while (warnings.length === 0) await wait(5)
    clearInterval(quick)
    end()
    expect(warnings[0]).toContain('The replay of trace old has not ended after 0.05 s')
  })
})
