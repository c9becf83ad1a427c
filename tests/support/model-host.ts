import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

interface Asked {
  readonly messages: readonly { readonly role: string; readonly content: string }[]
}

/** A host on loopback that OpenAI's client finds through these variables; it apologises if its prompt says so. */
export async function modelHost(): Promise<{ env: Record<string, string>; close(): void }> {
  const server = createServer(async (request, response) => {
    const { messages } = (await json(request)) as Asked
    const isSorry = messages.some(({ role, content }) => role === 'system' && content.startsWith('Apologise'))
    const content = `${isSorry ? 'Sorry! ' : ''}Your money is on its way.`
    response.setHeader('content-type', 'application/json').end(
      JSON.stringify({
        model: 'gpt-5-mini',
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 12, completion_tokens: 4, total_tokens: 16 },
      }),
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    env: { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`, OPENAI_API_KEY: 'none' },
    close: () => server.close(),
  }
}
