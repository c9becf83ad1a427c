// Instruments every client of `@aws-sdk/client-bedrock-runtime` when it is first used: `import '@runtape/bedrock/auto'`,
// or `node --import @runtape/bedrock/auto app.js`.
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'
import { type BedrockClient, instrumentBedrock } from './instrument.ts'

type Send = (this: BedrockClient, ...args: unknown[]) => unknown

const mark = Symbol.for('runtape.bedrock.auto')
const prototype = BedrockRuntimeClient.prototype as object as { send: Send; [mark]?: true }

// The SDK has no hook for all of its clients; each has its own middleware stack. So the method that all commands call is wrapped
// for the clients of this service, only to find the client.
if (!prototype[mark]) {
  const send = prototype.send
  const instrumented = new WeakSet<object>()
  const value: Send = function (...args) {
    if (!instrumented.has(this)) {
      instrumented.add(this)
      instrumentBedrock(this)
    }
    return send.apply(this, args)
  }
  Object.defineProperty(prototype, 'send', { value, writable: true, configurable: true })
  Object.defineProperty(prototype, mark, { value: true })
}
