import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { instrumentBedrock } from '@runtape/bedrock'
import type { Sink } from '@runtape/core'
import { configureTracing } from '@runtape/trace'
import { cannedHandler, deltas } from './canned-bedrock.ts'
import { measure } from './measure.ts'

// Printed at the end, so that no work is left out as useless.
let written = 0
const sink: Sink = {
  append: record => {
    if (record.kind === 'span') written += record.output?.json.length ?? 0
  },
  flush: async () => {},
  close: async () => {},
}
configureTracing({ sink })

const newClient = () =>
  new BedrockRuntimeClient({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    requestHandler: cannedHandler,
  })
const raw = newClient()
const instrumented = instrumentBedrock(newClient())
const question = {
  modelId: 'eu.amazon.nova-lite-v1:0',
  system: [{ text: 'You are a helpful support agent. '.repeat(10) }],
  messages: [
    {
      role: 'user' as const,
      content: [{ text: 'Where is my order 1842? I have waited for it for two weeks.' }],
    },
  ],
}

const ask = (client: BedrockRuntimeClient) => () => client.send(new ConverseCommand(question))
const read = (client: BedrockRuntimeClient) => async () => {
  const { stream } = await client.send(new ConverseStreamCommand(question))
  for await (const event of stream ?? []) written += event.contentBlockDelta ? 1 : 0
}

const aside = (text: string) => console.log(`${''.padEnd(44)} ${text}`)

const call = await measure('bedrock, one call', ask(raw), ask(instrumented))
aside(`${((call.subjectNs - call.floorNs) / 1000).toFixed(1)} µs above the bare client`)

const stream = await measure(`bedrock, stream of ${deltas} events`, read(raw), read(instrumented))
aside(`per event: ${Math.round((stream.subjectNs - stream.floorNs) / deltas)} ns above the bare client`)
configureTracing(undefined)
await measure('bedrock, one call, nobody records', ask(raw), ask(instrumented))
console.log(`(${written} characters and events)`)
