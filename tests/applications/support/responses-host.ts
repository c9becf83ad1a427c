import { json, type Reply, response, responseEvents, send, sendEvents } from '@runtape/testing/openai'
import type { ModelAnswer, ModelCall } from './model.ts'

/** Implements the Responses API. */
export function replyAsResponse({ text, calls }: ModelAnswer, isStreamed: boolean): Reply {
  if (calls.length === 0) {
    if (!isStreamed) return json(response(text))
    return reply => send(reply, responseEvents(text.match(/\S+\s*/g) ?? []))
  }
  const output = calls.map(callItem)
  return isStreamed ? sendEvents(...callEvents(output)) : json(response('', { output }))
}

const callItem = ({ name, args }: ModelCall, index: number) => ({
  type: 'function_call',
  id: `fc_${index}`,
  call_id: `call_${index}_${name}`,
  name,
  arguments: JSON.stringify(args),
  status: 'completed',
})

function callEvents(output: readonly ReturnType<typeof callItem>[]) {
  const started = response('', { status: 'in_progress', output: [], usage: null })
  const items = output.flatMap((item, output_index) => {
    const at = { item_id: item.id, output_index }
    return [
      {
        type: 'response.output_item.added',
        output_index,
        item: { ...item, arguments: '', status: 'in_progress' },
      },
      { type: 'response.function_call_arguments.delta', ...at, delta: item.arguments },
      { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments },
      { type: 'response.output_item.done', output_index, item },
    ]
  })
  const events = [
    { type: 'response.created', response: started },
    ...items,
    { type: 'response.completed', response: response('', { output }) },
  ]
  return events.map((event, sequence_number) => ({ ...event, sequence_number }))
}
