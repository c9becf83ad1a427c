import { afterAll, expect, test } from 'vitest'
import { type Session, startSession } from './session.ts'

/** A test for each, one after the other, in one session. */
export function testPrograms(programs: readonly string[]): void {
  let session: Session | undefined
  afterAll(() => session?.close())

  for (const program of programs) {
    test(`${program} replays as it was, and with one change reports just that`, async () => {
      session ??= await startSession()
      expect(await session.problemsOf(program)).toEqual([])
    }, 60_000)
  }
}
