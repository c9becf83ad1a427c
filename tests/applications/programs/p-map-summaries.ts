// Map-reduce: a long text is split, its parts are summarised eight at a time, then the summaries are.
import { instrumentOpenAI } from '@runtape/openai'
import { traced } from '@runtape/trace'
import OpenAI from 'openai'
import pMap from 'p-map'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const openai = instrumentOpenAI(new OpenAI())
const settings = { partLength: 40 }

const summarise = traced('summary.part', { mockOnReplay: true }, async (text: string) => {
  effect('summary part')
  const { output_text } = await openai.responses.create({
    model: 'gpt-5-mini',
    instructions: 'Shorter:',
    input: text,
  })
  return output_text.slice(0, 40)
})

const summariseAll = traced('summary.run', async (text: string) => {
  const parts = text.match(new RegExp(`.{1,${settings.partLength}}`, 'gs')) ?? []
  const summaries = await pMap(parts, summarise, { concurrency: 8 })
  return { summary: await summarise(summaries.join('\n')), parts: parts.length }
})

const text = 'The kettle boils and the tea is poured. '.repeat(9)

export const application: Application = {
  name: 'a map-reduce over a long text with p-map',
  entry: summariseAll,
  inputs: [[text], [`${text.slice(0, 90)}The end.`]],
  change: {
    // All parts are different: the remaining ones drift, the others are unused.
    make: changing(settings, { partLength: 100 }),
    reports: {
      drifted: ['summary.part'],
      unused: ['summary.part'],
      removed: ['summary.part'],
      changed: ['summary.part'],
    },
  },
}
