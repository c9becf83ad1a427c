import '../fail-plainly.ts'
import { isDeepStrictEqual } from 'node:util'
import { decodeResumptionToken } from '@runtape/core'
import { type MockedCall, type ReplayItem, replay } from '@runtape/replay'
import { type Answer, answer } from '../agent.ts'
import { complaint } from '../customers.ts'
import { refundsIssued } from '../orders.ts'
import { recorder, store } from '../runtape.ts'
import { sideBySide, terminalWidth, wrap } from '../terminal/columns.ts'
import { progress } from '../terminal/progress.ts'
import { bold, dim } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'
import type { Ticket } from '../tickets.ts'

type Item = ReplayItem<[ticket: Ticket], Answer>

const before = await takeStock()
const report = await replay(answer, {
  store,
  where: { feedback: 'negative' },
  limit: 50,
  mock: 'marked',
  maxConcurrency: 6,
  codeChangeDescription: 'ai-configs.next.json',
  onProgress: ({ done, total }) => progress('replays', total)(done),
})
await recorder.flush()
const after = await takeStock()

const { items, summary } = report
for (const item of oneOfEachComplaint(items)) console.log(`${comparison(item)}\n`)
const content = items.filter(item => item.result && !complaintOf(item, item.result))
const headings = ['replayed', 'answered', 'stopped', 'complaints then', 'complaints now']
console.log(
  table(headings, [
    [summary.total, summary.completed, summary.failed, summary.total, summary.completed - content.length],
  ]),
)
console.log(`\n${mockReport(items)}`)
for (const item of items)
  if (item.error) console.log(dim(indented(`${item.input[0].id} stopped: ${item.error}`)))
console.log(`\n${stockTaking()}`)
await recorder.close()
await store.close()

/** What must not move: the money that was paid out, and the bill. */
async function takeStock() {
  const tally = await store.runs.usage({ groupBy: ['variation', 'model'] })
  const [total] = await store.runs.usage()
  return { refunds: refundsIssued().length, runs: total?.runs ?? 0, tokens: total?.tokens?.total ?? 0, tally }
}

function complaintOf({ input: [ticket] }: Item, answer: Answer | undefined): string | undefined {
  return answer && complaint(ticket, answer)
}

function oneOfEachComplaint(items: readonly Item[]): Item[] {
  const answered = items.filter(({ result }) => result)
  return [...Map.groupBy(answered, item => complaintOf(item, item.originalOutput)).values()].flatMap(group =>
    group.slice(0, 1),
  )
}

function comparison(item: Item): string {
  const { input, originalOutput: then, result: now } = item
  const [{ id, subject }] = input
  const title = `  ${bold(`${id} ${subject}`)}  ${dim(`thumbs down: “${complaintOf(item, then)}”`)}`
  const texts = sideBySide(then?.text ?? '', now?.text ?? '')
  return `${title}\n${dim(sideBySide(`then, ${variationOf(then)}`, `now, ${variationOf(now)}`))}\n${texts}`
}

function variationOf(answer: Answer | undefined): string {
  return answer ? decodeResumptionToken(answer.token).variationKey : ''
}

function mockReport(items: readonly Item[]): string {
  const row = (what: keyof Item['mocks'], meaning: string) => {
    const calls = items.flatMap(({ mocks }) => mocks[what])
    return [what, calls.length, countByName(calls), meaning]
  }
  return table(
    ['mocks', '', 'calls', ''],
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

function indented(text: string): string {
  return wrap(text, terminalWidth() - 4)
    .map(line => `  ${line}`)
    .join('\n')
}

function stockTaking(): string {
  const row = (what: string, count: (stock: typeof before) => number) => [what, count(before), count(after)]
  const rows = [
    row('refunds paid', s => s.refunds),
    row('runs billed', s => s.runs),
    row('tokens billed', s => s.tokens),
  ]
  const moved = !isDeepStrictEqual(before, after)
  return `${table(['', 'before', 'after'], rows)}\n\n  The tally ${moved ? 'MOVED' : 'did not move'}, in any row or column.`
}
