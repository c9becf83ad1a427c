import { afterAll, describe, expect, test } from 'vitest'
import { programs, type Session, startSession } from './support/session.ts'

describe('realistic applications', () => {
  let session: Session | undefined
  afterAll(() => session?.close())

  for (const program of programs) {
    test(`${program} replays as it was, and with one change reports just that`, async () => {
      session ??= await startSession()
      expect(await session.problemsOf(program)).toEqual([])
    }, 60_000)
  }
})
