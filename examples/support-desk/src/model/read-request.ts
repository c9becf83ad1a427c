import type { ChatCompletionRequest } from '@copilotkit/aimock'

/** The two halves of a request that the stand-in answers from. */
export interface Prompt {
  readonly system: string
  readonly user: string
}

export function readPrompt({ messages }: ChatCompletionRequest): Prompt {
  return { system: textOf('system', messages), user: textOf('user', messages) }
}

function textOf(role: string, messages: ChatCompletionRequest['messages']): string {
  const contents = messages.filter(message => message.role === role).map(message => message.content)
  return contents.filter(content => typeof content === 'string').join('\n')
}

/** About four characters to a token, as a rule of thumb. */
export const tokensIn = (text: string): number => Math.ceil(text.length / 4)
