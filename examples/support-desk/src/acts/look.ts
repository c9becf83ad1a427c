import '../fail-plainly.ts'
import { store } from '../runtape.ts'
import { bold } from '../terminal/style.ts'
import { table } from '../terminal/table.ts'
import { tree } from '../terminal/tree.ts'

const { items } = await store.runs.list({ feedback: 'negative', limit: 1 })
const [run] = items
if (!run) throw new Error('No run has a thumbs-down yet. Run the demo once without a name, then look again.')

const metrics = run.events.map(({ metric, value }) => [metric, JSON.stringify(value)])
console.log(`  ${bold('The tally')} of run ${run.runId}, variation ${run.variationKey}\n`)
console.log(table(['metric', 'value'], metrics))

const trace = run.traceId ? await store.traces.get(run.traceId) : undefined
if (trace) console.log(`\n  ${bold('The tape')} of the same run, trace ${trace.traceId}\n\n${tree(trace)}`)
await store.close()
