import {
  converseAnswer,
  type HostRequest,
  json,
  type Reply,
  stream,
  textEvents,
} from '@runtape/testing/bedrock'

/** Answers Converse and ConverseStream. */
export function converseReply({ path, text }: HostRequest): Reply | undefined {
  if (!path.startsWith('/model/')) return undefined
  const said = answerOf(JSON.parse(text))
  if (path.endsWith('/converse-stream')) return stream(...textEvents(...(said.match(/\S+\s*/g) ?? [])))
  return json(converseAnswer(said))
}

interface Body {
  readonly system?: readonly { readonly text: string }[]
  readonly messages: readonly { readonly content: readonly { readonly text?: string }[] }[]
}

const answerOf = ({ system, messages }: Body): string =>
  `${system?.[0]?.text ?? ''} | ${messages.at(-1)?.content[0]?.text ?? ''}`
