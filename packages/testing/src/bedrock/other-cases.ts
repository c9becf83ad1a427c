import { inTurn } from '../host/replies.ts'
import { collect, outcome, question } from './observations.ts'
import { type Behaviour, converse } from './observe.ts'
import { converseAnswer, json, stream, textEvents } from './replies.ts'

export const otherCases: readonly Behaviour[] = [
  {
    title: 'a command that calls no model',
    needs: 'ApplyGuardrailCommand',
    reply: json({ usage: {}, action: 'NONE', outputs: [], assessments: [] }),
    observe: (client, sdk) => {
      const content = [{ text: { text: 'x' } }]
      const input = { guardrailIdentifier: 'g', guardrailVersion: '1', source: 'INPUT' as const, content }
      return outcome(client.send(new sdk.ApplyGuardrailCommand(input)))
    },
  },
  {
    title: 'a list command',
    needs: 'ListAsyncInvokesCommand',
    reply: json({ asyncInvokeSummaries: [] }),
    observe: (client, sdk) => outcome(client.send(new sdk.ListAsyncInvokesCommand({}))),
  },
  {
    title: 'a paginator',
    needs: 'paginateListAsyncInvokes',
    reply: (response, request, index) => {
      const page = { asyncInvokeSummaries: [], ...(index < 2 && { nextToken: `page ${index}` }) }
      return json(page)(response, request, index)
    },
    observe: async (client, sdk) => {
      const { items } = await collect(sdk.paginateListAsyncInvokes({ client }, {}))
      return items.map(page => page.nextToken)
    },
  },
  {
    title: 'middleware of the application, for all commands and for one',
    reply: json(converseAnswer('ok')),
    observe: async (client, sdk) => {
      const told: unknown[] = []
      client.middlewareStack.add(
        (next, context) => async args => {
          const { output } = await next(args)
          told.push(context.commandName, Object.keys(output))
          return { response: {}, output: { ...output, $metadata: { httpStatusCode: 299 } } }
        },
        { step: 'initialize', name: 'application' },
      )
      const command = new sdk.ConverseCommand(question)
      command.middlewareStack.add(
        next => args => {
          const { headers } = args.request as { headers: Record<string, string> }
          headers['x-application'] = 'yes'
          return next(args)
        },
        { step: 'build', name: 'header' },
      )
      return [await outcome(client.send(command)), told]
    },
  },
  {
    title: 'the client: its class and its field names',
    isSilent: true,
    reply: json(converseAnswer('ok')),
    observe: async (client, sdk) => [
      client instanceof sdk.BedrockRuntimeClient,
      client.constructor === sdk.BedrockRuntimeClient,
      Object.keys(client).sort(),
      Object.keys(client.config).sort(),
      await client.config.region(),
    ],
  },
  {
    title: 'concurrent calls',
    reply: inTurn(json(converseAnswer('ok')), stream(...textEvents('ok'))),
    observe: async (client, sdk) => {
      const before = await converse(client, sdk)
      const streams = Array.from({ length: 3 }, () => client.send(new sdk.ConverseStreamCommand(question)))
      const read = (await Promise.all(streams)).map(async one => collect(one.stream ?? []))
      return [before, await Promise.all(read)]
    },
  },
]
