import type { ComparedItem, ItemChange } from './compared-item.ts'

interface Judged {
  readonly change: ItemChange
  readonly reason: string
}

/** Whether the second item of a source is better. Verdicts decide first, then failures, scores and outcomes. */
export function judgeChange(a: ComparedItem, b: ComparedItem): Judged {
  return byVerdict(a, b) ?? byFailure(a, b) ?? byScores(a, b) ?? byOutcome(a, b)
}

function byVerdict({ verdict: before }: ComparedItem, { verdict: after }: ComparedItem): Judged | undefined {
  if (!before || !after || before.pass === after.pass) return undefined
  return after.pass
    ? { change: 'better', reason: 'verdict: fail → pass' }
    : { change: 'worse', reason: 'verdict: pass → fail' }
}

function byFailure(a: ComparedItem, b: ComparedItem): Judged | undefined {
  const [before, after] = [a.outcome === 'failed', b.outcome === 'failed']
  if (before && after) return { change: 'same', reason: 'both failed' }
  if (before) return { change: 'better', reason: `failed → ${b.outcome}` }
  return after ? { change: 'worse', reason: `${a.outcome} → failed` } : undefined
}

/** Smaller differences are rounding errors. */
const least = 1e-9

function byScores(a: ComparedItem, b: ComparedItem): Judged | undefined {
  // An evaluator of only one of the test runs says nothing about the change.
  const names = evaluatorsOf(a).filter(name => evaluatorsOf(b).includes(name))
  if (names.length === 0) return undefined
  const found = names.map(name => ({ name, ...scoreChange(a, b, name) }))
  const of = (change: ItemChange) => found.filter(each => each.change === change)
  const [better, worse, unknown] = [of('better'), of('worse'), of('unknown')]
  const said = [...better, ...worse, ...unknown].map(({ name, text }) => `${name}: ${text}`).join('; ')
  if (better.length > 0 && worse.length > 0) return { change: 'unknown', reason: said }
  if (better.length > 0) return { change: 'better', reason: said }
  if (worse.length > 0) return { change: 'worse', reason: said }
  if (unknown.length > 0) return { change: 'unknown', reason: said }
  return { change: 'same', reason: 'equal scores' }
}

const evaluatorsOf = ({ scores, scoreErrors = {} }: ComparedItem): string[] => [
  ...new Set([...Object.keys(scores), ...Object.keys(scoreErrors)]),
]

function scoreChange(a: ComparedItem, b: ComparedItem, name: string): { change: ItemChange; text: string } {
  const [before, after] = [a.scores[name], b.scores[name]]
  if (!before || !after) return { change: 'unknown', text: `no score in the ${before ? 'second' : 'first'}` }
  if (before.version !== after.version)
    return {
      change: 'unknown',
      text: `version ${before.version ?? 'unknown'} and ${after.version ?? 'unknown'}`,
    }
  const more = after.score - before.score
  const text = `${shown(before.score)} → ${shown(after.score)}`
  return { change: more > least ? 'better' : more < -least ? 'worse' : 'same', text }
}

const shown = (score: number): string => String(Number(score.toFixed(3)))

// Without a verdict or a score, only two items that end as recorded can be compared.
function byOutcome({ outcome: before }: ComparedItem, { outcome: after }: ComparedItem): Judged {
  if (before === 'same' && after === 'same') return { change: 'same', reason: 'both as recorded' }
  return { change: 'unknown', reason: `${before} → ${after}, and no evaluator or person judged it` }
}
