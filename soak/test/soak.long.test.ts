import { describe, expect, test } from 'vitest'
import { soakEmbeddedStore } from '../src/embedded-soak.ts'
import { soakOutbox } from '../src/outbox-soak.ts'
import type { Report } from '../src/report.ts'
import type { SoakFault, SoakOptions } from '../src/soak-options.ts'

const small: SoakOptions = { seconds: 3, processes: 2, tokens: 50, passes: 1000, seed: 1, killEveryMs: 300 }
const unkilled: SoakOptions = { ...small, seconds: 15, tokens: 20, passes: 2, killEveryMs: 60_000 }
// No other process repeats what one process lost.
const alone: SoakOptions = { ...unkilled, processes: 1, passes: 1 }

const numberOf = (report: Report, name: string) => report.numbers.find(each => each[0] === name)?.[1]

describe('two processes that race for the same runs, and are killed and restarted', () => {
  test('leave one row per metric in one SQLite file, and lose no acknowledged one', async () => {
    const report = await soakEmbeddedStore(small)
    expect(report.violations).toEqual([])
    expect(numberOf(report, 'rows')).toBe(50 * 8)
    expect(numberOf(report, 'killed by SIGKILL')).toBeGreaterThan(1)
    expect(numberOf(report, 'acknowledged after another value')).toBeGreaterThan(0)
  }, 180_000)

  test('leave one row per metric in a remote store, through a shared outbox', async () => {
    const report = await soakOutbox({ ...small, tokens: 20 })
    expect(report.violations).toEqual([])
    expect(numberOf(report, 'rows')).toBe(20 * 8)
    expect(numberOf(report, 'killed by SIGKILL')).toBeGreaterThan(1)
    const mishaps = ['refused with 503', 'answered late', 'kept, answer lost']
    expect(mishaps.map(name => numberOf(report, name))).not.toEqual([0, 0, 0])
  }, 180_000)
})

describe('the soak notices', () => {
  const broken = async (soak: typeof soakOutbox, fault: SoakFault, options = unkilled) =>
    (await soak({ ...options, fault })).violations.join('\n')

  test('a sink that acknowledges before it writes', async () => {
    const options = { ...alone, tokens: 200, killEveryMs: 300 }
    expect(await broken(soakEmbeddedStore, 'acknowledges-early', options)).toContain('acknowledged and lost')
  }, 180_000)

  test('a store without the identity of a slot', async () => {
    expect(await broken(soakEmbeddedStore, 'no-identity')).toContain('recorded twice')
  }, 180_000)

  test('a store in which the last write wins', async () => {
    const found = await broken(soakEmbeddedStore, 'last-one-stands')
    expect(found).toContain('with a value tracked after another was acknowledged')
  }, 180_000)

  test('an unreported conflict', async () => {
    const found = await broken(soakEmbeddedStore, 'conflicts-in-silence')
    expect(found).toContain('acknowledged with another value than the store has, and not reported')
  }, 180_000)

  test('a remote store that loses acknowledged events', async () => {
    expect(await broken(soakOutbox, 'remote-forgets', alone)).toContain('acknowledged and lost')
  }, 180_000)
})
