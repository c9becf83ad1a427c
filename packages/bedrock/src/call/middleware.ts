import { RuntapeError } from '@runtape/core'
import { runInFrame } from '@runtape/core/internal'
import {
  contained,
  containedLive,
  loadedAnswer,
  missing,
  refusalOfUnrecorded,
  type Served,
} from '@runtape/provider'
import { operationOf } from '../operations.ts'
import type { RecordedAnswer } from '../recorded/recorded-answer.ts'
import {
  recordedAnswer,
  responseFromTape,
  restoreAttempts,
  type Signal,
  untilAborted,
} from '../recorded/replay-response.ts'
import { WireRecord } from '../recorded/wire-record.ts'
import {
  type CallArguments,
  type CallContext,
  type CallResult,
  type Handler,
  type HttpResponse,
  isHttpResponse,
  type Middleware,
  type MiddlewareStack,
} from '../smithy.ts'
import { type BedrockCall, currentCall, openBedrockCall } from './bedrock-call.ts'
import { answered, failed } from './call-results.ts'

type Send = () => Promise<CallResult>

// For each running command: the handler that deserializes a response. The stack is built from its end, so this is known before
// the middleware that starts the call.
const slot = Symbol('runtape.deserializer')
type Knowing = CallContext & { [slot]?: Handler }

/**
 * Three positions on the stack: outside the retries, where a call starts and ends; just outside the SDK's deserializer, for
 * replays; just inside it, where each attempt receives its response. Adding them again replaces them.
 */
export function addToStack(stack: MiddlewareStack): void {
  stack.add(modelCalls, { name: 'runtapeModelCalls', step: 'initialize', priority: 'low', override: true })
  stack.add(deserializing, {
    name: 'runtapeDeserializing',
    step: 'deserialize',
    priority: 'high',
    override: true,
  })
  stack.add(responses, { name: 'runtapeResponses', step: 'deserialize', priority: 'low', override: true })
}

const modelCalls: Middleware = (next, context) => {
  const operation = operationOf(context.commandName)
  if (!operation) return args => unrecorded(context, () => next(args))
  return args => {
    const call = containedLive(() => openBedrockCall(operation, args.input))
    if (!call) return next(args)
    return run(call, context, () => proceed(call, context, next, args))
  }
}

/** A command that calls no model, or of which nothing is recorded. */
async function unrecorded({ commandName }: CallContext, send: Send): Promise<CallResult> {
  const refusal = refusalOfUnrecorded({ key: 'bedrock.request', name: String(commandName) })
  if (refusal) throw refusal
  return send()
}

async function proceed(
  call: BedrockCall,
  context: CallContext,
  next: Handler,
  args: CallArguments,
): Promise<CallResult> {
  const { decision } = call
  if (decision.action === 'fail') throw decision.error
  if (decision.action === 'run') return next(args)
  const deserialize = (context as Knowing)[slot] ?? next
  const signal = context.__smithy_context?.abortSignal
  return fromTape(call, decision, signal, () => deserialize({ ...args, request: noRequest }))
}

const deserializing: Middleware = (next, context) => {
  if (operationOf(context.commandName)) (context as Knowing)[slot] = next
  return next
}

const responses: Middleware = (next, context) => {
  const operation = operationOf(context.commandName)
  if (!operation) return next
  return async args => {
    const call = currentCall()
    if (call?.operation !== operation) return next(args)
    const result = call.response ? { response: call.response } : await attempt(call, () => next(args))
    if (isHttpResponse(result.response)) observe(call, result.response)
    return result
  }
}

function attempt(call: BedrockCall, send: Send): Promise<CallResult> {
  call.tries++
  call.wire = undefined
  return send()
}

function observe(call: BedrockCall, response: HttpResponse): void {
  // A served response is already on the tape.
  const limit = call.served ? 0 : (call.span?.tracing.limits.maxPayloadBytes ?? 0)
  const wire = new WireRecord(response, limit)
  call.wire = wire
  contained(() => wire.tap(response.body))
}

async function run(call: BedrockCall, context: CallContext, send: Send): Promise<CallResult> {
  const signal = context.__smithy_context?.abortSignal
  let result: CallResult
  try {
    result = await runInFrame(call.sdkFrame, send)
  } catch (error) {
    failed(call, error, signal)
    throw error
  }
  answered(call, result.output, signal)
  return result
}

/** Passes the recorded response to the SDK's deserializer: nothing is signed, so no credentials are needed. */
async function fromTape(
  call: BedrockCall,
  decision: Served,
  signal: Signal,
  deserialize: Send,
): Promise<CallResult> {
  const served = await loadedAnswer(decision)
  const recorded = await answerFromTape(call, served, signal)
  call.tries = recorded.attempts ?? 1
  call.response = responseFromTape(recorded, served, signal)
  try {
    const result = await deserialize()
    // A response read as a stream is delayed at its end.
    if (!call.operation.stream) await served.ready?.()
    restoreAttempts(result.output, recorded)
    return result
  } catch (error) {
    restoreAttempts(error, recorded)
    throw error
  }
}

/**
 * Returns the recorded answer. If the application aborted the call before an answer arrived, waits for another abort;
 * an unfinished call waits forever.
 */
async function answerFromTape(call: BedrockCall, served: Served, signal: Signal): Promise<RecordedAnswer> {
  call.served = served
  const wait = () => untilAborted(served, signal, () => call.span?.endUnfinished())
  if (served.isUnfinished) {
    await wait()
    throw signal?.reason
  }
  try {
    return recordedAnswer(served)
  } catch (error) {
    // A miss, even if the code catches the error.
    if (RuntapeError.isInstance(error)) missing(served, error.message)
    else if (!served.complete && signal) await wait()
    throw error
  }
}

const noRequest = {
  method: 'POST',
  protocol: 'https:',
  hostname: 'localhost',
  path: '/',
  headers: {},
  query: {},
}
