// A LangGraph state graph: classify, then one of three nodes; nodes are tools and models.
import { Annotation, END, START, StateGraph } from '@langchain/langgraph'
import { ChatOpenAI } from '@langchain/openai'
import { tapFetch } from '@runtape/openai'
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const model = new ChatOpenAI({ model: 'gpt-5-mini', configuration: { fetch: tapFetch() } })
const settings = { tone: 'kind' }

const State = Annotation.Root({
  ticket: Annotation<string>(),
  kind: Annotation<'refund' | 'question' | 'complaint'>(),
  steps: Annotation<string[]>({ reducer: (a, b) => [...a, ...b], default: () => [] }),
  reply: Annotation<string>(),
})

const classify = traced('triage.classify', { mockOnReplay: true }, async (ticket: string) => {
  effect('triage classify')
  if (ticket.includes('money')) return 'refund' as const
  return ticket.includes('?') ? ('question' as const) : ('complaint' as const)
})

const payBack = traced('triage.pay-back', { type: 'tool', mockOnReplay: true }, async (ticket: string) => {
  effect('triage refund')
  return `paid for ${ticket.length} letters`
})

const escalate = traced('triage.escalate', { type: 'tool', mockOnReplay: true }, async (ticket: string) => {
  effect('triage mail')
  return `sent to a person: ${ticket}`
})

async function write(state: typeof State.State) {
  const reply = await model.invoke(`Write a ${settings.tone} reply to: ${state.ticket} (${state.kind})`)
  return { reply: String(reply.content), steps: ['write'] }
}

const graph = new StateGraph(State)
  .addNode('classify', async ({ ticket }) => ({ kind: await classify(ticket), steps: ['classify'] }))
  .addNode('refund', async ({ ticket }) => ({ reply: await payBack(ticket), steps: ['refund'] }))
  .addNode('escalate', async ({ ticket }) => ({ reply: await escalate(ticket), steps: ['escalate'] }))
  .addNode('write', write)
  .addEdge(START, 'classify')
  .addConditionalEdges(
    'classify',
    ({ kind }) => ({ refund: 'refund', question: 'write', complaint: 'escalate' })[kind],
    ['refund', 'write', 'escalate'],
  )
  .addEdge('refund', 'write')
  .addEdge('escalate', END)
  .addEdge('write', END)
  .compile()

const triage = traced('triage.run', async (ticket: string) => {
  const { kind, reply, steps } = await graph.invoke({ ticket })
  return { kind, reply, steps }
})

export const application: Application = {
  name: 'a LangGraph state graph',
  entry: triage,
  inputs: [['I want my money back.'], ['When do you open?'], ['This is a scandal.']],
  asksModel: true,
  change: {
    make: changing(settings, { tone: 'short' }),
    reports: { outcome: 'changed|same', changed: ['openai.chat.completions'] },
  },
}
