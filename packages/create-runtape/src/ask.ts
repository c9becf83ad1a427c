import { createInterface } from 'node:readline'
import { messageOf } from '@runtape/core/internal'
import { type Arguments, oneOf } from './arguments.ts'
import { type ModelChoice, modelChoices } from './templates/hosts.ts'
import { type StoreChoice, storeChoices } from './templates/stores.ts'

/** The two answers that make an application. */
export interface Answers {
  readonly sdk: ModelChoice
  readonly store: StoreChoice
}

/** Where a person is asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream
}

const ofProcess: Terminal = { input: process.stdin, output: process.stdout }

/**
 * Asks what the arguments do not say. Where no person can answer, or the input ends, the first choice of a question is
 * taken.
 */
export async function answersFor(
  { sdk, store }: Arguments,
  { input, output }: Terminal = ofProcess,
): Promise<Answers> {
  if ((sdk && store) || !input.isTTY) return { sdk: sdk ?? modelChoices[0], store: store ?? storeChoices[0] }
  const lines = createInterface({ input })
  const next = lines[Symbol.asyncIterator]()
  const ask: Ask = async text => {
    output.write(text)
    const { value, done } = await next.next()
    return done ? '' : String(value).trim()
  }
  try {
    return {
      sdk: sdk ?? (await choose(ask, 'Which SDK calls the model?', modelChoices)),
      store: store ?? (await choose(ask, 'Where do the records go?', storeChoices)),
    }
  } finally {
    lines.close()
  }
}

/** Resolves to the line that was typed; `''` for the end of the input. */
type Ask = (text: string) => Promise<string>

async function choose<T extends string>(
  ask: Ask,
  question: string,
  choices: readonly [T, ...T[]],
): Promise<T> {
  let text = await ask(`${question} ${choices.join(', ')} (${choices[0]}): `)
  for (;;) {
    if (text === '') return choices[0]
    try {
      return oneOf('The answer', choices, text) ?? choices[0]
    } catch (error) {
      text = await ask(`${messageOf(error)} `)
    }
  }
}
