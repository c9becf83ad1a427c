// Letters with Amazon Bedrock: a draft in one go, the final text as a stream.
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { instrumentBedrock } from '@runtape/bedrock'
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const bedrock = instrumentBedrock(new BedrockRuntimeClient({ endpoint: process.env.BEDROCK_URL ?? '' }))
const modelId = 'eu.amazon.nova-lite-v1:0'
const settings = { system: 'You write letters.' }

const loadAddress = traced('letters.address', { mockOnReplay: true }, async (customer: string) => {
  effect('letters address')
  return { customer, street: `${customer.length} Tea Street` }
})

const message = (text: string) => ({ role: 'user' as const, content: [{ text }] })

const write = traced('letters.write', async (customer: string, about: string) => {
  const { street } = await loadAddress(customer)
  const system = [{ text: settings.system }]
  const draft = await bedrock.send(
    new ConverseCommand({ modelId, system, messages: [message(`${street}: ${about}`)] }),
  )
  const text = draft.output?.message?.content?.[0]?.text ?? ''
  const { stream } = await bedrock.send(new ConverseStreamCommand({ modelId, messages: [message(text)] }))
  const words: string[] = []
  for await (const event of stream ?? []) words.push(event.contentBlockDelta?.delta?.text ?? '')
  return { letter: words.join(''), tokens: draft.usage?.totalTokens }
})

export const application: Application = {
  name: 'letters with Amazon Bedrock',
  entry: write,
  inputs: [
    ['Ada', 'a late kettle'],
    ['Bo', 'a broken pot'],
  ],
  asksModel: true,
  change: {
    make: changing(settings, { system: 'You write short letters.' }),
    reports: { changed: ['bedrock.converse', 'bedrock.converse-stream'] },
  },
}
