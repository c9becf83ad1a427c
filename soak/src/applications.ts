// The programs are tried where they are; nothing of them is public.
import { programs, startSession } from '../../tests/applications/support/session.ts'
import type { Report } from './report.ts'

/**
 * Realistic programs with the real libraries, in one process and in an order of its own for each seed: what one leaves
 * behind in the process must not change the replay of the next.
 */
export async function soakApplications({ seed }: { readonly seed: number }): Promise<Report> {
  const violations: string[] = []
  const session = await startSession()
  const order = shuffled(programs, seed)
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

/** The same order for the same seed. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const place = (index: number) => (Math.imul(index + 1, 2_654_435_761) ^ Math.imul(seed, 40_503)) >>> 0
  return items
    .map((item, index) => ({ item, at: place(index) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
