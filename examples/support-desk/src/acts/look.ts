import '../fail-plainly.ts'
import type { MetricValue } from '@runtape/core'
import { store } from '../runtape.ts'
import { bold } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'
import { tree } from '../terminal/tree.ts'

const { items } = await store.runs.list({ feedback: 'negative' })
const run = items.find(({ metrics }) => Object.keys(metrics).some(isToolCall)) ?? items[0]
if (!run) throw new Error('No run has a thumbs-down yet. Run the demo once without a name, then look again.')

const metrics = run.events.map(({ metric, value }) => [metric, show(value)])
console.log(`  ${bold('The tally')} of run ${run.runId}, variation ${run.variationKey}\n`)
console.log(table(['metric', 'value'], metrics))

const trace = run.traceId ? await store.traces.get(run.traceId) : undefined
if (trace) console.log(`\n  ${bold('The tape')} of the same run, trace ${trace.traceId}\n\n${tree(trace)}`)
await store.close()

function isToolCall(metric: string): boolean {
  return metric.startsWith('tool-call:')
}

function show(value: MetricValue): string {
  if (typeof value === 'number') return `${Math.round(value)} ms`
  return JSON.stringify(value, (_, part) => (typeof part === 'number' ? Math.round(part) : part))
}
