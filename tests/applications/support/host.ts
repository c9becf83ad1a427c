import { type FakeHost, startFakeOpenAI } from '@runtape/testing/openai'
import { converseReply } from './bedrock-host.ts'
import { modelReply } from './chat-host.ts'
import { shopReply } from './shop.ts'

/** The world outside of the programs: models and a shop, on loopback. */
export interface OutsideWorld {
  /** Requests so far. */
  readonly requests: () => number
  readonly close: FakeHost['close']
}

/** Starts it, and sets its environment variables. Programs are imported afterwards. */
export async function startOutsideWorld(): Promise<OutsideWorld> {
  const host = await startFakeOpenAI()
  const { origin } = new URL(host.url)
  Object.assign(process.env, {
    OPENAI_BASE_URL: host.url,
    OPENAI_API_KEY: 'sk-test',
    OPENAI_AGENTS_DISABLE_TRACING: '1',
    SHOP_URL: `${origin}/shop`,
    BEDROCK_URL: origin,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
  })
  host.answer(async (response, request, index) => {
    // A real answer takes a varying time.
    await new Promise(resolve => setTimeout(resolve, 2 + (request.text.length % 7)))
    const reply = modelReply(request) ?? converseReply(request) ?? shopReply(request, index)
    if (reply) await reply(response, request, index)
    else response.writeHead(404).end()
  })
  return { requests: () => host.requests.length, close: host.close }
}
