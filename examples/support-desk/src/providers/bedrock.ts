import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { instrumentBedrock } from '@runtape/bedrock'
import type { AIConfig } from '@runtape/client'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { LanguageModel } from './language-model.ts'

// HTTP/1.1, like the stand-in.
const bedrock = instrumentBedrock(new BedrockRuntimeClient({ requestHandler: new NodeHttpHandler() }))

export const bedrockModel: LanguageModel = {
  async json(config, text) {
    const { output } = await bedrock.send(new ConverseCommand(request(config, text)))
    return output?.message?.content?.map(block => block.text ?? '').join('')
  },

  async *words(config, text) {
    const { stream } = await bedrock.send(new ConverseStreamCommand(request(config, text)))
    for await (const event of stream ?? []) yield event.contentBlockDelta?.delta?.text ?? ''
  },
}

function request({ model, messages }: AIConfig, text: string) {
  return {
    modelId: model.name,
    system: messages.filter(({ role }) => role === 'system').map(({ content }) => ({ text: content })),
    messages: [{ role: 'user' as const, content: [{ text }] }],
  }
}
