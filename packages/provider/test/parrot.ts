import {
  captureInput,
  checkedUsage,
  type Facts,
  type Fields,
  fieldsOf,
  modelSpan,
  numberOf,
  openCall,
  payloadOf,
  runOrServe,
  textOf,
} from '@runtape/provider'
import {
  type Endpoint,
  eventTemplates,
  type Fetch,
  type Fold,
  type HttpProvider,
  tapFetch,
} from '@runtape/provider/http'

/** Tokens from an answer's `tokens`: `{ heard: 2, said: 3 }`. */
export function usageFromParrot(tokens: unknown) {
  const { heard, said, remembered } = fieldsOf(tokens)
  return checkedUsage({ input: numberOf(heard), output: numberOf(said), cachedInput: numberOf(remembered) })
}

const factsOf = ({ model, tokens, stopped, error }: Fields): Facts => ({
  model,
  usage: tokens,
  finishReason: stopped,
  error,
})

class SayFold implements Fold {
  #said = ''
  #last: Fields = {}

  add(event: Fields): void {
    this.#said += textOf(event.piece) ?? ''
    if (event.piece === undefined) this.#last = event
  }

  addContent(content: string): void {
    this.#said += content
  }

  facts(): Facts {
    return factsOf(this.#last)
  }

  readable(): Fields {
    return { said: this.#said }
  }
}

const templateOf = eventTemplates({ content: 'piece' })

const say: Endpoint = {
  path: '/v1/say',
  definition: modelSpan('parrot.say'),
  facts: factsOf,
  events: {
    newFold: () => new SayFold(),
    hasContent: ({ piece }) => piece !== undefined,
    isLast: ({ tokens }) => tokens !== undefined,
    template: ({ piece }, text) => (piece === undefined ? undefined : templateOf(text)),
  },
}

export const parrot: HttpProvider = {
  contract: 1,
  name: 'parrot',
  endpoints: [say],
  usageOf: usageFromParrot,
  keepsHeader: name => name === 'x-squawk-id',
  requestIdHeaders: ['x-squawk-id'],
}

/** A `fetch` for the vendor's client: `new Parrot({ fetch: parrotFetch() })`. */
export const parrotFetch = (inner?: Fetch): Fetch => tapFetch(parrot, inner)

/** Records a model that is not called by HTTP. */
export async function squawk(text: string, send: (text: string) => Promise<Fields>): Promise<Fields> {
  const call = openCall({
    definition: modelSpan('parrot.squawk'),
    host: 'a parrot on the shoulder',
    usageOf: usageFromParrot,
    input: ({ limits }) => captureInput([text], limits),
  })
  if (!call) return send(text)
  call.startAttempt()
  try {
    const answer = await runOrServe(call, () => send(text))
    call.end({
      status: 'ok',
      facts: factsOf(answer),
      output: limits => payloadOf({ values: answer }, limits),
    })
    return answer
  } catch (error) {
    call.end({ status: 'error', error })
    throw error
  }
}
