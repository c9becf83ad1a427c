/** Runs the OpenAI contract against all tools, each in its own process, and prints a table. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { subjects } from './subjects.mjs'

const packageOf = {
  langfuse: '@langfuse/openai',
  opik: 'opik-openai',
  opentelemetry: '@opentelemetry/instrumentation-openai',
  traceloop: '@traceloop/instrumentation-openai',
  openinference: '@arizeai/openinference-instrumentation-openai',
}
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))
const tools = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(subjects)

console.log(`| openai ${dependencies.openai} | behaviours unchanged |\n|---|---|`)
const broken = new Map()
for (const tool of tools) {
  const child = fork(new URL('compare-one.mjs', import.meta.url), [tool], { silent: true })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', text => (said += text))
  const [result] = await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (!result?.recorded) throw new Error(`${tool} recorded nothing:\n${said.slice(-2000)}`)
  broken.set(tool, result.broken)
  const name = tool === 'runtape' ? '@runtape/openai' : (packageOf[tool] ?? tool)
  const kept = `${result.all - result.broken.length} of ${result.all}`
  console.log(`| ${[name, dependencies[name]].filter(Boolean).join(' ')} | ${kept} |`)
}
for (const [tool, cases] of broken) {
  if (cases.length > 0) console.log(`\n${tool}\n${cases.map(({ title }) => `- ${title}`).join('\n')}`)
  if (process.env.SAY) for (const { title, says } of cases) console.log(`\n### ${title}\n${says}`)
}
