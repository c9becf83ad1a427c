import { decodeResumptionToken } from '@runtape/core'
import type { MockedCall, ReplayItem } from '@runtape/replay'
import type { Answer } from '../agent.ts'
import { complaint } from '../customers.ts'
import { sideBySide } from '../terminal/columns.ts'
import { bold, dim } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'
import type { Ticket } from '../tickets.ts'

type Item = ReplayItem<[ticket: Ticket], Answer>

function complaintOf({ input: [ticket] }: Item, answer: Answer | undefined): string | undefined {
  return answer && complaint(ticket, answer)
}

export function oneOfEachComplaint(items: readonly Item[]): Item[] {
  const answered = items.filter(({ result }) => result)
  return [...Map.groupBy(answered, item => complaintOf(item, item.originalOutput)).values()].flatMap(group =>
    group.slice(0, 1),
  )
}

export function comparison(item: Item): string {
  const { input, originalOutput: then, result: now } = item
  const [{ id, subject }] = input
  const title = `  ${bold(`${id} ${subject}`)}  ${dim(`thumbs down: “${complaintOf(item, then)}”`)}`
  const texts = sideBySide(then?.text ?? '', now?.text ?? '')
  return `${title}\n${dim(sideBySide(`then, ${variationOf(then)}`, `now, ${variationOf(now)}`))}\n${texts}`
}

function variationOf(answer: Answer | undefined): string {
  return answer ? decodeResumptionToken(answer.token).variationKey : ''
}

/** Complaints about the answered items and their cost, on the tape and now. */
export function thenAndNow(answered: readonly Item[]): string {
  const row = (what: string, then: (item: Item) => number, now: (item: Item) => number) => [
    what,
    answered.reduce((sum, item) => sum + then(item), 0),
    answered.reduce((sum, item) => sum + now(item), 0),
  ]
  const complains = (item: Item, answer: Answer | undefined) => (complaintOf(item, answer) ? 1 : 0)
  return table(
    ['answered', 'then', 'now'],
    [
      row(
        'complaints',
        item => complains(item, item.originalOutput),
        item => complains(item, item.result),
      ),
      row(
        'input tokens',
        item => item.tokens?.input ?? 0,
        item => item.replay.tokens?.input ?? 0,
      ),
      row(
        'output tokens',
        item => item.tokens?.output ?? 0,
        item => item.replay.tokens?.output ?? 0,
      ),
    ],
  )
}

export function mockReport(items: readonly Item[]): string {
  const row = (what: keyof Item['mocks'], meaning: string) => {
    const calls = items.flatMap(({ mocks }) => mocks[what])
    return [what, calls.length, countByName(calls), meaning]
  }
  return table(
    ['mock report', 'calls', 'which', ''],
    [
      row('served', 'answered from the tape'),
      row('drifted', 'answered, but asked for something else than then'),
      row('missed', 'not on the tape: refused, not run'),
      row('unused', 'on the tape, not asked for any more'),
    ],
  )
}

function countByName(calls: readonly MockedCall[]): string {
  const groups = [...Map.groupBy(calls, ({ name }) => name)]
  return groups.map(([name, { length }]) => `${name} ${length}`).join(', ')
}

export function stoppedItems(items: readonly Item[]): string[] {
  const idOf = ({ input: [{ id }] }: Item) => id
  const stopped = items.filter(({ error }) => error !== null)
  const missed = stopped.filter(({ mocks }) => mocks.missed.length > 0)
  const failed = stopped.filter(item => !missed.includes(item))
  return [
    ...(missed.length > 0
      ? [`\n  Stopped before a refund that nobody paid then: ${missed.map(idOf).join(', ')}.`]
      : []),
    ...failed.map(item => `  ${idOf(item)} failed: ${item.error}`),
  ]
}
