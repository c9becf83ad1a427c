import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const folder = fileURLToPath(new URL('..', import.meta.url))

const application = (sdk: string) => `
  ${sdk}
  ${tracing(sdk)}
  const body = new TextEncoder().encode('{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}')
  const handle = async () => ({ response: { statusCode: 200, headers: {}, body: new Uint8Array(body) } })
  const client = new BedrockRuntimeClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: { handle },
  })
  const input = { modelId: 'm', messages: [] }
  const spans = []
  const sink = { append: span => spans.push(span.key), flush: async () => {}, close: async () => {} }
  configureTracing({ sink })
  client.send(new ConverseCommand(input))
    .then(() => client.send(new ConverseCommand(input)))
    .then(() => console.log(spans.join()))
`
const tracing = (sdk: string) =>
  sdk.startsWith('import')
    ? "import { configureTracing } from '@runtape/trace'"
    : "const { configureTracing } = require('@runtape/trace')"

const esm = "import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime'"
const commonjs =
  "const { BedrockRuntimeClient, ConverseCommand } = require('@aws-sdk/client-bedrock-runtime')"

test.each([
  ['--import of an ES module', ['--import=@runtape/bedrock/auto', '--input-type=module'], esm],
  ['--require of a CommonJS one', ['--require=@runtape/bedrock/auto', '--input-type=commonjs'], commonjs],
  ['an import in the application', ['--input-type=module'], `import '@runtape/bedrock/auto'\n${esm}`],
  [
    'two imports, in both ways',
    ['--import=@runtape/bedrock/auto', '--input-type=module'],
    `import '@runtape/bedrock/auto'\n${esm}`,
  ],
])('with %s every client records each call once', (_, flags, sdk) => {
  const code = application(sdk)
  const out = execFileSync(process.execPath, [...flags, '--eval', code], { cwd: folder, encoding: 'utf8' })
  expect(out).toBe('bedrock.converse,bedrock.converse\n')
})
