import {
  chunk,
  completion,
  failure,
  type HostRequest,
  json,
  type Reply,
  stream,
  textChunks,
  toolCall,
} from '@runtape/testing/openai'
import fc from 'fast-check'
import { z } from 'zod'
import { collect, type Given, soon } from './cases/case.ts'
import { weather } from './cases/request-cases.ts'

/**
 * A small random program on the AI SDK. Racing calls make one request each, and the host answers them far enough apart:
 * their order is then on the tape, and does not depend on the SDK's work in between.
 */
export type Program = Step | Group

interface Step {
  readonly step: (typeof steps)[number]
  readonly topic: number
}

interface Group {
  readonly group: 'one after the other' | 'at once' | 'the first one'
  readonly parts: readonly Program[]
}

const single = ['text', 'object', 'refused', 'embed'] as const
const steps = [...single, 'stream', 'left', 'tools', 'streamed tools', 'busy once', 'busy'] as const

const oneOf = (names: readonly Step['step'][]): fc.Arbitrary<Step> =>
  fc.record({ step: fc.constantFrom(...names), topic: fc.integer({ min: 0, max: 2 }) })

const race: fc.Arbitrary<Group> = fc.record({
  group: fc.constant('the first one'),
  parts: fc.array(oneOf(single), { minLength: 2, maxLength: 3 }),
})

export const programs: fc.Arbitrary<Program> = fc.letrec<{ program: Program; group: Group }>(tie => ({
  program: fc.oneof({ maxDepth: 2, withCrossShrink: true }, oneOf(steps), race, tie('group')),
  group: fc.record({
    group: fc.constantFrom('one after the other', 'at once'),
    parts: fc.array(tie('program'), { minLength: 1, maxLength: 3 }),
  }),
})).program

/** Runs it, and resolves to everything that it saw. `losers` receives the promises that may run longer. */
export async function run(program: Program, given: Given, losers: Promise<unknown>[]): Promise<unknown> {
  if ('step' in program) return runStep(program, given)
  const { group, parts } = program
  const begin = (part: Program) => run(part, given, losers)
  if (group === 'at once') return Promise.all(parts.map(begin))
  if (group === 'the first one') {
    const racing = parts.map(begin)
    losers.push(...racing)
    return Promise.race(racing)
  }
  const seen: unknown[] = []
  for (const part of parts) seen.push(await begin(part))
  return seen
}

async function runStep({ step: name, topic }: Step, given: Given): Promise<unknown> {
  const { ai, chat: model, embedding, tools } = given
  const prompt = `${name} about ${topic}`
  const all = { model, prompt, tools: tools({ weather }), stopWhen: ai.stepCountIs(3) }
  const told = (error: Error) => `${error.name}: ${error.message}`
  switch (name) {
    case 'stream':
      return collect(ai.streamText({ model, prompt }).textStream)
    case 'left':
      for await (const text of ai.streamText({ model, prompt }).textStream) return text
      return undefined
    case 'object': {
      const { partialObjectStream } = ai.streamObject({
        model,
        prompt,
        schema: z.object({ topic: z.number() }),
      })
      return collect(partialObjectStream)
    }
    case 'tools': {
      const { text, toolResults, steps: taken } = await ai.generateText(all)
      return [text, toolResults, taken.length]
    }
    case 'streamed tools':
      return (await collect(ai.streamText(all).fullStream)).map(({ type }) => type)
    case 'embed':
      return embedding && (await ai.embed({ model: embedding, value: prompt })).embedding
    default:
      return ai.generateText({ model, prompt, maxRetries: 1 }).then(({ text }) => text, told)
  }
}

/** A host for these programs. It delays answers so that calls end in another order than they began. */
export function hostOf(): Reply {
  let asked = 0
  const busy = new Map<string, number>()
  return async (reply, request, index) => {
    asked++
    await new Promise(resolve => setTimeout(resolve, ((asked * 7) % 5) * 12))
    await answerTo(request, busy, asked)(reply, request, index)
  }
}

function answerTo({ text, body }: HostRequest, busy: Map<string, number>, asked: number): Reply {
  const times = (busy.get(text) ?? 0) + 1
  busy.set(text, times)
  const [, name = '', topic = ''] = /"(?:text|content|input)":\[?"?([a-z ]+) about (\d)/.exec(text) ?? []
  if (name === 'refused') return failure(400, 'no such model')
  if (name === 'busy' || (name === 'busy once' && times % 2 === 1)) return failure(503, `busy ${asked}`, soon)
  if (name === 'embed') return json(embedded(asked))
  if (name.endsWith('tools') && !text.includes('"role":"tool"')) return called(body.stream === true, topic)
  const said = name === 'object' ? `{"topic":${topic}}` : `answer ${asked} about ${topic}`
  return body.stream ? stream(...textChunks(said.slice(0, 6), said.slice(6))) : json(completion(said))
}

const embedded = (asked: number) => ({
  object: 'list',
  model: 'text-embedding-test',
  data: [{ object: 'embedding', index: 0, embedding: [asked, 0.5] }],
  usage: { prompt_tokens: 4, total_tokens: 4 },
})

function called(isStreamed: boolean, topic: string): Reply {
  const call = toolCall(`call_${topic}`, 'weather', { city: `Bern ${topic}` })
  if (!isStreamed) return json(completion(null, { tool_calls: [call] }))
  return stream(chunk({ role: 'assistant', tool_calls: [{ index: 0, ...call }] }), chunk({}, 'tool_calls'))
}
