import type { CallableTool } from '@google/genai'
import { inTurn } from '../host/replies.ts'
import { outcome, question } from './observations.ts'
import { answerOf, type Behaviour, withoutDates } from './observe.ts'
import { call, failure, generated, json, text, thought, usageMetadata } from './replies.ts'

const ok = json(generated([text('Halb zwölf.')]))

export const requestCases: readonly Behaviour[] = [
  { title: 'generateContent', reply: ok, observe: answerOf },
  {
    title: 'the SDK’s view of an answer: text, calls and response headers',
    reply: json(generated([thought('Die Uhr …'), text('Halb zwölf.'), call('weather', { city: 'Bern' })])),
    observe: async client => {
      const answer = withoutDates(await client.models.generateContent(question))
      return [
        answer.text,
        answer.functionCalls,
        answer.sdkHttpResponse?.headers,
        answer.usageMetadata,
        answer,
      ]
    },
  },
  {
    title: 'several candidates, a picture, a signed call and the sources of an answer',
    reply: json(
      generated([], {
        candidates: [
          {
            content: {
              parts: [{ inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }],
              role: 'model',
            },
            groundingMetadata: { webSearchQueries: ['Bern'] },
            finishReason: 'STOP',
            index: 0,
          },
          {
            content: { parts: [{ functionCall: { name: 'f', args: {} }, thoughtSignature: 'c2ln' }] },
            finishReason: 'MAX_TOKENS',
            index: 1,
          },
        ],
      }),
    ),
    observe: answerOf,
  },
  {
    title: 'a blocked prompt, and a candidate without content',
    reply: inTurn(
      json({
        promptFeedback: { blockReason: 'SAFETY' },
        usageMetadata: { promptTokenCount: 20, totalTokenCount: 20 },
      }),
      json({ candidates: [{ finishReason: 'SAFETY', index: 0 }], usageMetadata }),
    ),
    observe: async client => [await answerOf(client), await answerOf(client)],
  },
  {
    title: 'a request with everything: instructions, an image, tools, thoughts, cached content, a schema',
    reply: ok,
    observe: client =>
      outcome(
        client.models
          .generateContent({
            model: 'models/gemini-test',
            contents: [
              {
                role: 'user',
                parts: [{ text: 'Was?' }, { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }],
              },
            ],
            config: {
              systemInstruction: 'Kurz.',
              cachedContent: 'cachedContents/1',
              thinkingConfig: { includeThoughts: true, thinkingBudget: 100 },
              tools: [{ functionDeclarations: [{ name: 'weather' }] }],
              responseMimeType: 'application/json',
              responseSchema: { type: 'OBJECT' as never },
            },
          })
          .then(withoutDates),
      ),
  },
  {
    title: 'automatic function calls',
    reply: inTurn(json(generated([call('weather', { city: 'Bern' })])), json(generated([text('Sunny.')]))),
    observe: async client => {
      const { tool, asked } = weatherTool()
      const answer = await client.models.generateContent({ ...question, config: { tools: [tool] } })
      return { text: answer.text, history: answer.automaticFunctionCallingHistory, asked }
    },
  },
  {
    title: 'a chat of two turns and its history',
    reply: ok,
    observe: async client => {
      const chat = client.chats.create({ model: question.model })
      const first = (await chat.sendMessage({ message: 'Hi' })).text
      return [first, (await chat.sendMessage({ message: 'And now?' })).text, chat.getHistory()]
    },
  },
  {
    title: 'embeddings, of one text and of several',
    reply: json({
      embeddings: [{ values: [0.5, -0.25] }, { values: [1, 0] }],
      usageMetadata: { promptTokenCount: 6 },
    }),
    observe: async client => [
      await outcome(
        client.models.embedContent({ model: 'embedding-test', contents: 'a' }).then(withoutDates),
      ),
      await outcome(
        client.models.embedContent({ model: 'embedding-test', contents: ['a', 'b'] }).then(withoutDates),
      ),
    ],
  },
  {
    title: 'options of one request: headers, a timeout, a version, an extra body field',
    reply: ok,
    observe: client =>
      outcome(
        client.models
          .generateContent({
            ...question,
            config: {
              httpOptions: {
                headers: { 'x-team': 'desk' },
                timeout: 8000,
                apiVersion: 'v1alpha',
                extraBody: { labels: { a: 'b' } },
              },
            },
          })
          .then(withoutDates),
      ),
  },
  {
    title: 'an answer that is not JSON, empty, or without a content type',
    reply: inTurn(
      response => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Proxy</h1>'),
      response => void response.writeHead(200, { 'content-type': 'application/json' }).end(),
      response => void response.writeHead(200).end(JSON.stringify(generated([text('ok')]))),
      response => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"cut'),
      response => void response.writeHead(204).end(),
      failure(200, 'an error that says 200'),
    ),
    observe: async client => {
      const seen: unknown[] = []
      for (let times = 0; times < 6; times++) seen.push(await answerOf(client))
      return seen
    },
  },
]

/** A tool that the SDK calls itself, and the arguments it received. */
export function weatherTool() {
  const asked: unknown[] = []
  const tool: CallableTool = {
    tool: async () => ({ functionDeclarations: [{ name: 'weather' }] }),
    callTool: async calls => {
      asked.push(...calls)
      return [{ functionResponse: { name: 'weather', response: { sky: 'sunny' } } }]
    },
  }
  return { tool, asked }
}
