import '../fail-plainly.ts'
import { writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { replay } from '@runtape/replay'
import { htmlReport } from '@runtape/replay/report'
import { answer } from '../agent.ts'
import { refundsIssued } from '../orders.ts'
import { recorder, store } from '../runtape.ts'
import { settings } from '../settings.ts'
import { fromHere } from '../terminal/from-here.ts'
import { progress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { comparison, mockReport, oneOfEachComplaint, stoppedItems, thenAndNow } from './replay-view.ts'

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
console.log(`  ${summary.total} replayed: ${summary.completed} answered, ${summary.failed} stopped.\n`)
console.log(thenAndNow(items.filter(({ result }) => result)))
console.log(`\n${mockReport(items)}`)
for (const line of stoppedItems(items)) console.log(line)
const moved = !isDeepStrictEqual(before, after)
const verdict = moved
  ? 'Something MOVED that must not.'
  : 'No refund was paid, and the tally did not move in any row.'
console.log(`\n${stockTaking()}\n\n  ${verdict}`)
if (moved) process.exitCode = 1
writeFileSync(settings.report, await htmlReport(report, { store }))
console.log(`\n  Each of them, side by side, for a browser:\n  ${fromHere(settings.report)}`)
await recorder.close()
await store.close()

/** What must not change: the refunds paid, and the bill. */
async function takeStock() {
  const tally = await store.runs.usage({ groupBy: ['variation', 'model'] })
  const [total] = await store.runs.usage()
  return { refunds: refundsIssued().length, runs: total?.runs ?? 0, tokens: total?.tokens?.total ?? 0, tally }
}

function stockTaking(): string {
  const row = (what: string, count: (stock: typeof before) => number) => [what, count(before), count(after)]
  return table(
    ['', 'before', 'after'],
    [
      row('refunds paid', s => s.refunds),
      row('runs billed', s => s.runs),
      row('tokens billed', s => s.tokens),
    ],
  )
}
