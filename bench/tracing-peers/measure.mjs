/** Measures all tools in turn, and prints a table of each tool's best results. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { subjects } from './subjects.mjs'

const turns = 3
const packageOf = { langfuse: '@langfuse/tracing', opentelemetry: '@opentelemetry/sdk-trace-node' }
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

const collector = fork(new URL('collector.mjs', import.meta.url))
const [port] = await once(collector, 'message')
const best = new Map()
for (let turn = 0; turn < turns; turn++) {
  for (const tool of Object.keys(subjects)) {
    const figures = await measured(tool)
    const before = best.get(tool) ?? figures
    best.set(
      tool,
      mapValues(figures, (value, name) => Math.min(value, before[name])),
    )
  }
}
collector.disconnect()
console.log(table())

async function measured(tool) {
  const args = [tool, `http://127.0.0.1:${port}`]
  const child = fork(new URL('measure-one.mjs', import.meta.url), args, { silent: true, timeout: 180_000 })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', text => (said += text))
  const answer = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (typeof answer[0] !== 'object' || answer[0] === null)
    throw new Error(`${tool} gave no figures:\n${said}`)
  const { tool: _, ...figures } = answer[0]
  return figures
}

function mapValues(values, map) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value, name)]))
}

function table() {
  const rows = [...best].map(([tool, { cpuUs, sentBytes, documentsMs, nodesMs }]) => [
    [tool, dependencies[packageOf[tool] ?? tool]].filter(Boolean).join(' '),
    `${cpuUs.toFixed(1)} µs`,
    `${documentsMs.toFixed(1)} ms`,
    `${nodesMs.toFixed(1)} ms`,
    `${Math.round(sentBytes)} B`,
  ])
  const head = [
    '',
    'CPU per call',
    'longest block, 1 MB of documents',
    '1 MB of small nodes',
    'sent per call',
  ]
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}
