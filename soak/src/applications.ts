// The programs are not public, so they are imported from the tests.
import { programs, startSession } from '../../tests/applications/support/session.ts'
import { Random } from './random.ts'
import type { Report } from './report.ts'

/**
 * Realistic programs with the real libraries, in one process and in a different order for each seed: state that one leaves in
 * the process must not change the replay of the next.
 */
export async function soakApplications({ seed }: { readonly seed: number }): Promise<Report> {
  const violations: string[] = []
  const session = await startSession()
  const order = new Random(seed).shuffled(programs)
  for (const program of order) {
    const problems = await session.problemsOf(program).catch((error: unknown) => [String(error)])
    if (problems.length > 0) violations.push(`${program}: ${JSON.stringify(problems).slice(0, 2000)}`)
  }
  await session.close()
  return {
    title: 'Realistic programs replay as they were, and with one change report just that',
    numbers: [['programs', order.length]],
    violations: violations.slice(0, 3),
  }
}
