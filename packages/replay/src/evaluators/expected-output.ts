import { decodeValue } from '@runtape/trace'
import { comparePayloads } from '../compare/compare-payloads.ts'
import { differences } from '../compare/differences.ts'
import { NotComparable } from '../compare/not-comparable.ts'
import type { Evaluation, Evaluator } from './evaluator.ts'

const mostNamed = 5

/**
 * Passes if the replay returned the output that a reviewer expects: see `cohort`. Property order does not count. A trace
 * without an expected output, or an output that cannot be compared, gets no score, so the report fails.
 *
 * @example
 * ```ts
 * import { expectedOutput, replay } from '@runtape/replay'
 * import { sqliteStore } from '@runtape/store-sqlite'
 * import { traced } from '@runtape/trace'
 *
 * const answer = traced('support.answer', async (question: string) => question.toUpperCase())
 * const store = sqliteStore('runtape.db')
 * const report = await replay(answer, { store, cohort: 'bad-refunds', mock: 'marked', evaluators: [expectedOutput()] })
 * console.log(report.cohort, report.summary.scores)
 * ```
 */
export function expectedOutput(): Evaluator {
  return {
    name: 'expected-output',
    evaluate: evaluation => {
      const { replay, expected } = evaluation.captured
      if (expected === undefined)
        throw new NotComparable('nothing is expected of this trace; runtape cohort expect sets it')
      if (replay.error !== undefined || evaluation.error !== null)
        return { score: 0, pass: false, reasoning: 'It threw, and an output is expected.' }
      if (replay.isUnfinished) throw new NotComparable('the replay had not ended')
      const compared = comparePayloads(replay.output, expected)
      if (compared.result === 'unknown') throw new NotComparable(compared.reason)
      if (compared.result === 'same') return { score: 1, pass: true }
      return { score: 0, pass: false, reasoning: reasonOf(evaluation) }
    },
  }
}

function reasonOf({ expected, captured: { replay } }: Evaluation): string {
  const found = differences(expected, replay.output && decodeValue(replay.output), [])
  const named = found.differences.slice(0, mostNamed).map(({ path }) => path || 'the whole output')
  const more = found.differences.length - named.length
  if (named.length === 0) return 'Differs from the expected output.'
  return `Differs from the expected output in ${named.join(', ')}${more > 0 ? ` and ${more} more places` : ''}.`
}
