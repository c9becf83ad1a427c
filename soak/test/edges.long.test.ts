import { expect, test } from 'vitest'
import { soakEdges } from '../src/edges-soak.ts'

const options = { kills: 15, seconds: 40, seed: 1 }

test('a file that is replaced under killed processes neither loses nor doubles events', async () => {
  const { violations, numbers } = await soakEdges(options)
  expect(violations).toEqual([])
  expect(Object.fromEntries(numbers).acknowledged).toBeGreaterThan(100)
}, 180_000)

test('the soak notices a sink that acknowledges before it writes', async () => {
  const { violations } = await soakEdges({ ...options, fault: 'acknowledges-early' })
  expect(violations.join()).toContain('acknowledged and lost')
}, 180_000)
