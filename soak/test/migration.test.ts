import { expect, test } from 'vitest'
import { soakMigration } from '../src/migration-soak.ts'

test('a database of version 1 is migrated while others write, and after a kill', async () => {
  const { violations, numbers } = await soakMigration({ runs: 4000 })
  expect(violations).toEqual([])
  expect(Object.fromEntries(numbers)['runs written meanwhile']).toBeGreaterThan(0)
}, 240_000)
