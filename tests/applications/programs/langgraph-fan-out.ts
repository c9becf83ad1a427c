// A LangGraph graph that fans out to as many nodes as there are documents, stops for a person, and is resumed.
import {
  Annotation,
  Command,
  END,
  interrupt,
  MemorySaver,
  Send,
  START,
  StateGraph,
} from '@langchain/langgraph'
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { limit: 2 }

const State = Annotation.Root({
  documents: Annotation<string[]>(),
  scores: Annotation<{ document: string; score: number }[]>({
    reducer: (a, b) => [...a, ...b],
    default: () => [],
  }),
  published: Annotation<string[]>(),
})

const score = traced('fan.score', { mockOnReplay: true }, async (document: string) => {
  effect('fan score')
  await new Promise(resolve => setTimeout(resolve, 12 - document.length))
  return document.length / 10
})

const publish = traced('fan.publish', { type: 'tool', mockOnReplay: true }, async (documents: string[]) => {
  effect('fan publish')
  return documents.map(document => document.toUpperCase())
})

const build = () =>
  new StateGraph(State)
    .addNode('score', async ({ documents }: typeof State.State) => {
      const [document = ''] = documents
      return { scores: [{ document, score: await score(document) }] }
    })
    .addNode('publish', async ({ scores }) => {
      const best = [...scores].sort((a, b) => b.score - a.score).slice(0, settings.limit)
      const isApproved: unknown = interrupt({ best })
      return { published: isApproved === true ? await publish(best.map(({ document }) => document)) : [] }
    })
    .addConditionalEdges(START, ({ documents }) =>
      documents.map(document => new Send('score', { documents: [document] })),
    )
    .addEdge('score', 'publish')
    .addEdge('publish', END)
    .compile({ checkpointer: new MemorySaver() })

const review = traced('fan.review', async (documents: string[], isApproved: boolean) => {
  const graph = build()
  const configurable = { thread_id: documents.join() }
  const updates: string[] = []
  const options = { configurable, streamMode: 'updates' as const }
  for await (const update of await graph.stream({ documents }, options)) updates.push(...Object.keys(update))
  for await (const update of await graph.stream(new Command({ resume: isApproved }), options))
    updates.push(...Object.keys(update))
  const { values } = await graph.getState({ configurable })
  return { updates, published: (values as typeof State.State).published, scores: values.scores }
})

export const application: Application = {
  name: 'a LangGraph graph that fans out and is resumed',
  entry: review,
  inputs: [
    [['kettle', 'pot', 'teapot', 'cup'], true],
    [['a', 'bb'], false],
  ],
  change: {
    make: changing(settings, { limit: 1 }),
    reports: { outcome: 'same', drifted: ['fan.publish'], changed: ['fan.publish'] },
  },
}
