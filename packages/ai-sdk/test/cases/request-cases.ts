import { completion, inTurn, json, response, toolCall } from '@runtape/testing/openai'
import { z } from 'zod'
import { message } from './anthropic-replies.ts'
import { type Case, question, resultSeen } from './case.ts'

const weatherCall = completion(null, { tool_calls: [toolCall('call_1', 'weather', { city: 'Bern' })] })

export const weather = {
  description: 'The weather in a city',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }: { city: string }) => ({ city, celsius: 21 }),
}

const webSearch = {
  id: 'ws_1',
  type: 'web_search_call',
  status: 'completed',
  action: { type: 'search', query: 'time' },
}
const thought = {
  id: 'rs_1',
  type: 'reasoning',
  summary: [{ type: 'summary_text', text: 'A clock says so.' }],
  encrypted_content: null,
}
const said = (text: string) => ({
  id: 'msg_1',
  type: 'message',
  status: 'completed',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
})

export const requestCases: readonly Case[] = [
  {
    title: 'generateText',
    reply: json(completion('Halb zwölf.')),
    observe: async ({ ai, chat }) =>
      resultSeen(
        await ai.generateText({ model: chat, prompt: question, temperature: 0.5, maxOutputTokens: 50 }),
      ),
  },
  {
    title: 'generateText with the responses API',
    reply: json(response('Halb zwölf.')),
    observe: async ({ ai, responses }) =>
      resultSeen(await ai.generateText({ model: responses, prompt: question })),
  },
  {
    title: 'generateText with Anthropic, its cache and its thoughts',
    reply: json(
      message([
        { type: 'thinking', thinking: 'A clock says so.', signature: 'c2ln' },
        { type: 'text', text: 'Halb zwölf.' },
      ]),
    ),
    observe: async ({ ai, claude }) =>
      resultSeen(
        await ai.generateText({
          model: claude,
          prompt: question,
          providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: 1024 } } },
        }),
      ),
  },
  {
    title: 'a question with several parts: a system prompt, an image, a file',
    reply: json(completion('A dot.')),
    observe: async ({ ai, chat }) => {
      const result = await ai.generateText({
        model: chat,
        messages: [
          { role: 'user', content: 'Look.' },
          { role: 'assistant', content: [{ type: 'text', text: 'Show me.' }] },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is it?' },
              { type: 'image', image: new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]) },
              { type: 'file', data: new Uint8Array([37, 80, 68, 70]), mediaType: 'application/pdf' },
            ],
          },
        ],
      })
      return resultSeen(result)
    },
  },
  {
    title: 'generateObject',
    reply: json(completion('{"hour":11,"minute":30}')),
    observe: async ({ ai, chat }) =>
      resultSeen(
        await ai.generateObject({
          model: chat,
          prompt: question,
          schema: z.object({ hour: z.number(), minute: z.number() }),
        }),
      ),
  },
  {
    title: 'generateText with an output',
    reply: json(completion('{"hour":11}')),
    majors: [6, 7],
    observe: async ({ ai, chat }) => {
      const output = ai.Output.object({ schema: z.object({ hour: z.number() }) })
      const result = await ai.generateText({ model: chat, prompt: question, output })
      return [result.output, resultSeen(result)]
    },
  },
  {
    title: 'an object that does not fit its schema',
    reply: json(completion('{"hour":"late"}')),
    observe: async ({ ai, chat }) =>
      ai
        .generateObject({ model: chat, prompt: question, schema: z.object({ hour: z.number() }) })
        .catch((error: unknown) => [
          ai.NoObjectGeneratedError.isInstance(error),
          (error as { text: string; usage: unknown }).text,
          (error as { usage: unknown }).usage,
        ]),
  },
  {
    title: 'tools in several steps',
    reply: inTurn(json(weatherCall), json(completion('It is 21 °C.'))),
    observe: async ({ ai, chat, tools }) =>
      resultSeen(
        await ai.generateText({
          model: chat,
          prompt: 'How warm is it in Bern?',
          tools: tools({ weather }),
          stopWhen: ai.stepCountIs(5),
        }),
      ),
  },
  {
    title: 'a tool that fails',
    reply: inTurn(json(weatherCall), json(completion('I do not know.'))),
    observe: async ({ ai, chat, tools }) => {
      const broken = { ...weather, execute: async () => Promise.reject(new TypeError('no thermometer')) }
      const result = await ai.generateText({
        model: chat,
        prompt: 'How warm is it in Bern?',
        tools: tools({ weather: broken }),
        stopWhen: ai.stepCountIs(5),
      })
      return resultSeen(result)
    },
  },
  {
    title: 'a tool without an execute function',
    reply: json(weatherCall),
    observe: async ({ ai, chat, tools }) => {
      const { execute: _, ...asked } = weather
      return resultSeen(
        await ai.generateText({ model: chat, prompt: 'Warm?', tools: tools({ weather: asked }) }),
      )
    },
  },
  {
    title: 'an agent',
    reply: inTurn(json(weatherCall), json(completion('It is 21 °C.'))),
    observe: async ({ ai, chat, tools }) => {
      const Agent = ai.ToolLoopAgent ?? ai.Experimental_Agent
      const agent = new Agent({ model: chat, tools: tools({ weather }), stopWhen: ai.stepCountIs(5) })
      return resultSeen(await agent.generate({ prompt: 'How warm is it in Bern?' }))
    },
  },
  {
    title: 'a tool that the provider runs',
    reply: json(response('', { output: [webSearch, said('Halb zwölf.')] })),
    observe: async ({ ai, sdk, responses }) => {
      const { tools } = sdk.createOpenAI({ apiKey: 'none' })
      return resultSeen(
        await ai.generateText({
          model: responses,
          prompt: question,
          tools: { web_search: tools.webSearch({}) },
        }),
      )
    },
  },
  {
    title: 'reasoning',
    reply: json(response('', { output: [thought, said('Halb zwölf.')] })),
    observe: async ({ ai, responses }) =>
      resultSeen(await ai.generateText({ model: responses, prompt: question })),
  },
  {
    title: 'an answer without usage, and one with partial usage',
    reply: inTurn(
      json({ ...completion('a'), usage: undefined }),
      json({ ...completion('b'), usage: { completion_tokens: 3 } }),
    ),
    observe: async ({ ai, chat }) => [
      resultSeen(await ai.generateText({ model: chat, prompt: 'a' })),
      resultSeen(await ai.generateText({ model: chat, prompt: 'b' })),
    ],
  },
  {
    title: 'several concurrent questions',
    reply: (reply, request, index) => json(completion(`answer ${index}`))(reply, request, index),
    observe: async ({ ai, chat }) =>
      Promise.all(
        ['a', 'b', 'c'].map(async prompt => (await ai.generateText({ model: chat, prompt })).text.length),
      ),
  },
  {
    title: "a model's description of itself",
    isSilent: true,
    reply: json({}),
    observe: async ({ chat }) => {
      const { provider, modelId, supportedUrls } = chat as {
        provider: string
        modelId: string
        supportedUrls: unknown
      }
      return [provider, modelId, await supportedUrls]
    },
  },
  {
    title: 'with telemetry',
    majors: [5, 6],
    reply: json(completion('Halb zwölf.')),
    observe: async ({ ai, chat: model }) => {
      const spans: unknown[] = []
      const span = new Proxy({}, { get: () => () => span })
      const tracer = {
        startActiveSpan: (name: string, options: { attributes: object }, run: (span: object) => unknown) => {
          spans.push([name, Object.keys(options.attributes).sort()])
          return run(span)
        },
      }
      const experimental_telemetry = { isEnabled: true, tracer }
      const result = await ai.generateText({ model, prompt: question, experimental_telemetry } as never)
      return [spans, resultSeen(result)]
    },
  },
  {
    title: 'embed and embedMany',
    majors: [6, 7],
    reply: (reply, request, index) =>
      json({
        object: 'list',
        model: 'text-embedding-test',
        data: (request.body.input as string[]).map((_, at) => ({
          object: 'embedding',
          index: at,
          embedding: [at, 0.5],
        })),
        usage: { prompt_tokens: 4, total_tokens: 4 },
      })(reply, request, index),
    observe: async ({ ai, embedding }) => {
      const model = embedding as NonNullable<typeof embedding>
      const one = await ai.embed({ model, value: 'a' })
      const many = await ai.embedMany({ model, values: ['a', 'b', 'c'] })
      return [one.embedding, one.usage, many.embeddings, many.usage]
    },
  },
]
