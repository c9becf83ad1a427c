import { RuntapeError } from '@runtape/core'
import type { ItemBaselineFacts, ItemRecord, ItemScore, ItemThrown } from '@runtape/core/store'
import { encodeValue } from '@runtape/trace'
import type { ItemBaseline } from '../baseline/item-baseline.ts'
import { wasStopped } from '../compare/item-outcome.ts'
import type { EvaluatorScore } from '../evaluators/evaluator.ts'
import type { ReplayItem } from '../report.ts'
import type { ResolvedOptions } from '../run/resolve-options.ts'
import { type CallRules, itemCalls, itemLimits } from './item-calls.ts'

type Options = CallRules & Pick<ResolvedOptions, 'evaluators' | 'thresholds'>

/**
 * One replay of a trace as a record. Input, output and recorded output are not part of it: the two traces hold them,
 * redacted.
 */
export function itemRecordOf(item: ReplayItem, attempt: number, options: Options): ItemRecord {
  const { sourceTraceId, sourceSpanId, outcome, reason, hint, error, originalError, thrown, traceId } = item
  const {
    durationMs,
    tokens,
    model,
    replay,
    delta,
    cost,
    baseline,
    scoreErrors,
    diff,
    unread,
    lateErrors,
    given,
    expected,
  } = item
  return {
    sourceTraceId,
    ...(sourceSpanId !== undefined && { sourceSpanId }),
    attempt,
    outcome,
    ...(reason !== undefined && { reason }),
    ...(hint !== undefined && { hint }),
    error,
    originalError,
    ...(wasStopped(thrown) && { stopped: true }),
    traceId,
    recorded: { durationMs, tokens, model },
    replay,
    ...(delta && { delta }),
    ...(cost && { cost }),
    ...(baseline && { baseline: factsOf(baseline) }),
    scores: scoresOf(item.scores, options),
    ...(scoreErrors && { scoreErrors }),
    calls: itemCalls(item, options),
    ...(diff && { diff }),
    ...(unread && { unread }),
    ...(lateErrors && { lateErrors }),
    ...(given && { adapted: true }),
    ...(expected !== undefined && { expected: encodeValue(expected, itemLimits) }),
    ...(thrown instanceof Error && { thrown: thrownText(thrown) }),
  }
}

function scoresOf(
  scores: Readonly<Record<string, EvaluatorScore>>,
  { evaluators, thresholds = {} }: Options,
): Record<string, ItemScore> {
  const versions = new Map(evaluators.map(({ name, version }) => [name, version]))
  return Object.fromEntries(
    Object.entries(scores).map(([name, { score, pass, reasoning }]) => {
      const [version, threshold] = [versions.get(name), thresholds[name]]
      return [
        name,
        {
          score,
          ...(pass !== undefined && { pass }),
          ...(reasoning !== undefined && { reasoning }),
          ...(version !== undefined && { version }),
          ...(threshold !== undefined && { threshold }),
        },
      ]
    }),
  )
}

// Without texts: they belong to another trace, which may be erased.
const factsOf = ({ outcome, traceId, cause, places, excused }: ItemBaseline): ItemBaselineFacts => ({
  outcome,
  traceId,
  ...(cause && { cause }),
  ...(places && { places }),
  ...(excused && { excused }),
})

const mostCauses = 5

/** The texts of an error: its fields may hold what the tape redacts. */
function thrownText(error: Error, depth = 0): ItemThrown {
  const { name, message, stack, cause } = error
  const isOurs = RuntapeError.isInstance(error)
  return {
    name: String(name),
    message: String(message),
    ...(stack !== undefined && { stack: String(stack) }),
    ...(isOurs && { code: error.code }),
    ...(cause instanceof Error && depth < mostCauses && { cause: thrownText(cause, depth + 1) }),
  }
}
