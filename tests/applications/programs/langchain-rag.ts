// Retrieval with LangChain: documents are embedded once and cached, the best ones go into the prompt.
import { StringOutputParser } from '@langchain/core/output_parsers'
import { ChatPromptTemplate } from '@langchain/core/prompts'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { tapFetch } from '@runtape/openai'
import { traced } from '@runtape/trace'
import { LRUCache } from 'lru-cache'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const configuration = { fetch: tapFetch() }
const embeddings = new OpenAIEmbeddings({ model: 'text-embedding-3-small', configuration })
const model = new ChatOpenAI({ model: 'gpt-5-mini', configuration })
const settings = { neighbours: 2 }

const documents = [
  'Kettles are returned within 30 days.',
  'Teapots break.',
  'Parcels take 3 days.',
  'We open at nine.',
]

const cache = new LRUCache<string, number[]>({ max: 100 })

const readCache = traced(
  'rag.cache-get',
  { mockOnReplay: true },
  async (text: string) => cache.get(text) ?? null,
)
const writeCache = traced('rag.cache-set', { mockOnReplay: true }, async (text: string, vector: number[]) => {
  effect('rag cache write')
  cache.set(text, vector)
})

async function embed(text: string): Promise<number[]> {
  const cached = await readCache(text)
  if (cached) return cached
  const vector = await embeddings.embedQuery(text)
  await writeCache(text, vector)
  return vector
}

const closeness = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)

const retrieve = traced('rag.retrieve', { type: 'retriever' }, async (question: string) => {
  const [wanted, ...vectors] = await Promise.all([question, ...documents].map(embed))
  const scored = documents.map((text, index) => ({
    text,
    score: closeness(wanted ?? [], vectors[index] ?? []),
  }))
  return scored.sort((a, b) => b.score - a.score).slice(0, settings.neighbours)
})

const prompt = ChatPromptTemplate.fromMessages([
  ['system', 'Answer from these facts: {facts}'],
  ['human', '{question}'],
])
const chain = prompt.pipe(model).pipe(new StringOutputParser())

const ask = traced('rag.ask', async (question: string) => {
  const found = await retrieve(question)
  const text = await chain.invoke({ facts: found.map(({ text }) => text).join(' '), question })
  return { text, sources: found.length }
})

export const application: Application = {
  name: 'retrieval with LangChain and an embedding cache',
  entry: ask,
  inputs: [['How do I return a kettle?'], ['When do you open?']],
  asksModel: 'in parallel',
  // LangChain's embeddings share a queue of the process.
  sharesState: true,
  change: {
    make: changing(settings, { neighbours: 1 }),
    reports: { changed: ['openai.chat.completions', 'rag.retrieve'] },
  },
}
