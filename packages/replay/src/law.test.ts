import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changedPlans } from '../test/changed-program.ts'
import { changeProblems, late, lawProblems } from '../test/law.ts'
import { programs } from '../test/random-program.ts'

// The law: an unchanged program replays identically.
describe('an unchanged program', () => {
  for (const mock of ['all', 'marked'] as const) {
    test(`replays identically under '${mock}', and runs nothing that is mocked`, async () => {
      await fc.assert(
        fc.asyncProperty(programs, async program => {
          expect(await lawProblems(program, mock)).toEqual([])
        }),
        { numRuns: 200 },
      )
    }, 60_000)
  }

  test('replays identically from a store with deferred outputs', async () => {
    await fc.assert(
      fc.asyncProperty(programs, async program => {
        expect(await lawProblems(program, 'all', late)).toEqual([])
        expect(await lawProblems(program, 'marked', late)).toEqual([])
      }),
      { numRuns: 60 },
    )
  }, 60_000)
})

describe('a program with one call added, removed, moved or given another input', () => {
  test('reports only that call, with the right kind of change', async () => {
    await fc.assert(
      fc.asyncProperty(changedPlans, async changed => {
        expect(await changeProblems(changed)).toEqual([])
      }),
      { numRuns: 200 },
    )
  }, 60_000)
})
