import { createServer } from 'node:net'
import fc, { type Arbitrary } from 'fast-check'
import { changedPlans } from '../../packages/replay/test/changed-program.ts'
// Neither the law nor its programs are public, so they are imported from the tests.
import { changeProblems, forgetful, late, lawProblems } from '../../packages/replay/test/law.ts'
import { programs } from '../../packages/replay/test/random-program.ts'
import type { Report } from './report.ts'

export interface LawOptions {
  readonly seconds: number
  readonly seed: number
  /** Removes the checked data from the tape: the soak must notice. */
  readonly fault?: 'half-recorded'
}

const batch = 20

/** Random programs are recorded and replayed: unchanged, they replay identically; with one change, just that is reported. */
export async function soakReplayLaw({ seconds, seed, fault }: LawOptions): Promise<Report> {
  const until = performance.now() + seconds * 1000
  // The wait of a slow store keeps no process alive; a connection would.
  const connection = createServer().listen(0)
  const violations: string[] = []
  const numbers = { programs: 0, changed: 0 }
  for (let round = 0; performance.now() < until; round++) {
    const draw = <T>(arbitrary: Arbitrary<T>) => fc.sample(arbitrary, { numRuns: batch, seed: seed + round })
    for (const program of draw(programs)) {
      for (const mock of ['all', 'marked'] as const) {
        const problems = await lawProblems(program, mock, fault ? forgetful : round % 2 ? late : undefined)
        numbers.programs++
        if (problems.length > 0) violations.push(told(mock, program, problems))
      }
    }
    for (const plan of draw(changedPlans)) {
      const problems = await changeProblems(plan)
      numbers.changed++
      if (problems.length > 0) violations.push(told(plan.kind, plan, problems))
    }
  }
  connection.close()
  return {
    title: 'Random programs replay identically, and with one change report just that',
    numbers: [
      ['programs replayed unchanged', numbers.programs],
      ['programs replayed with a change', numbers.changed],
    ],
    violations: violations.slice(0, 3),
  }
}

const told = (how: string, program: unknown, problems: readonly unknown[]) =>
  `${how}: ${JSON.stringify(program)} gave ${JSON.stringify(problems)}`
