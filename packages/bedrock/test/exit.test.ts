import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** Requests a stream that sends one event and never ends, then does `next` with its events. */
const program = (next: string) => `
import { BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { instrumentBedrock } from '@runtape/bedrock'
import { startFakeBedrock, hang, textEvents } from '@runtape/testing/bedrock'
import { configureTracing } from '@runtape/trace'
import { NodeHttpHandler } from '@smithy/node-http-handler'

const host = await startFakeBedrock()
host.answer(hang(...textEvents('a').slice(0, 2)))
const sink = { append: ({ key, status }) => console.log(key, status), flush: async () => {}, close: async () => {} }
configureTracing({ sink })
const bedrock = instrumentBedrock(new BedrockRuntimeClient({
  region: 'eu-central-1',
  endpoint: host.url,
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  requestHandler: new NodeHttpHandler(),
}))
const { stream } = await bedrock.send(new ConverseStreamCommand({ modelId: 'm', messages: [] }))
${next}
`

const run = async (next: string) => {
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const args = ['--input-type=module', '-e', program(next)]
  return (await promisify(execFile)(process.execPath, args, { cwd, timeout: 15_000 })).stdout
}

test('a process that leaves a stream and has nothing else to do ends, and the call is recorded', async () => {
  const next = 'for await (const event of stream) if (event.contentBlockDelta) break; await host.close()'
  expect(await run(next)).toBe('bedrock.converse-stream cancelled\n')
})

test('a process that exits in the middle of a stream records the call as unfinished', async () => {
  const next = 'for await (const event of stream) if (event.contentBlockDelta) process.exit(0)'
  expect(await run(next)).toBe('bedrock.converse-stream unfinished\n')
})

test('a process whose connection breaks during an unread stream ends, and the call is recorded', async () => {
  expect(await run('await host.close()')).toBe('bedrock.converse-stream unfinished\n')
})
