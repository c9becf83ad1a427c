import '../fail-plainly.ts'
import { messageOf } from '@runtape/core/internal'
import type { Run, UsageRow } from '@runtape/core/store'
import { answer } from '../agent.ts'
import { inParallel } from '../in-parallel.ts'
import { recorder, store } from '../runtape.ts'
import { send } from '../sent-answers.ts'
import { progress } from '../terminal/progress.ts'
import { table } from '../terminal/table.ts'
import { readTickets, type Ticket } from '../tickets.ts'

const tickets = readTickets()
const show = progress('tickets', tickets.length)
const since = Date.now()
const failed: string[] = []
let done = 0

await inParallel(tickets, 6, async ticket => {
  await serve(ticket).catch(error =>
    failed.push(`${ticket.id} failed and goes to a person: ${reasonOf(error)}`),
  )
  show(++done)
})
await recorder.flush()
if (failed.length === tickets.length) throw new Error(`No ticket was answered. ${failed[0]}`)

const headings = [
  'variation',
  'model',
  'runs',
  'success',
  'input',
  'output',
  'first token',
  'duration',
  'refunds',
]
const rows = await store.runs.usage({ since, groupBy: ['variation', 'model'] })
console.log(table(headings, await Promise.all(rows.map(rowOf))))
for (const line of failed) console.log(`  ${line}`)
await recorder.close()
await store.close()

async function serve(ticket: Ticket): Promise<void> {
  send({ ticket, ...(await answer(ticket)) })
}

// The AWS client calls the stand-in's error "UnknownError"; its status says more.
function reasonOf(error: unknown): string {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } }
  const message = messageOf(error)
  return message === 'UnknownError' ? `The model refused it (HTTP ${$metadata?.httpStatusCode}).` : message
}

async function rowOf({ group, runs, succeeded, tokens, durationMs, timeToFirstTokenMs }: UsageRow) {
  const { variation = '', model = '' } = group
  return [
    variation,
    model,
    runs,
    succeeded,
    tokens?.input ?? 0,
    tokens?.output ?? 0,
    milliseconds(timeToFirstTokenMs?.p50),
    milliseconds(durationMs?.p50),
    // A row without runs is the use of a second model by the runs of another row.
    runs === 0 ? '' : await refundsOf(variation),
  ]
}

async function refundsOf(variationKey: string): Promise<number> {
  const { items } = await store.runs.list({ since, variationKey, limit: 1000 })
  return items.flatMap(({ metrics }: Run) =>
    Object.keys(metrics).filter(metric => metric.startsWith('tool-call:')),
  ).length
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '' : `${Math.round(ms)} ms`
}
