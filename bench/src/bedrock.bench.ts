import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { instrumentBedrock } from '@runtape/bedrock'
import type { Sink } from '@runtape/core'
import { configureTracing } from '@runtape/trace'
import { cannedHandler, deltas } from './canned-bedrock.ts'
import { compareCpu, printPerPart } from './cpu-time.ts'

// Printed at the end, so that the engine cannot remove the work as dead code.
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

const off =
  <T>(operation: () => T) =>
  () => {
    configureTracing(undefined)
    return operation()
  }
const on =
  <T>(operation: () => T) =>
  () => {
    configureTracing({ sink })
    return operation()
  }

await compareCpu('bedrock, one call', {
  bare: ask(raw),
  'nobody records': off(ask(instrumented)),
  recorded: on(ask(instrumented)),
})
const times = await compareCpu(`bedrock, ${deltas} events`, {
  bare: read(raw),
  'nobody records': off(read(instrumented)),
  recorded: on(read(instrumented)),
})
for (const time of times.slice(1)) printPerPart(time, deltas, 'event')
console.log(`(${written} characters and events)`)
