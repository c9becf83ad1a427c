import { type AmbientFrame, currentFrame, runInFrame } from '@runtape/core'

const slot = Symbol.for('runtape.openai.sending')
const globals = globalThis as { [slot]?: WeakSet<AmbientFrame> }

// On the global object, so that taps of two copies of this package know each other.
globals[slot] ??= new WeakSet()
const sending = globals[slot]

/** Sends in this frame, so that no other tap on the way takes the request for a call of its own. */
export function sendIn<T>(frame: AmbientFrame | undefined, send: () => T): T {
  const { span, run, replay } = frame ?? {}
  const own: AmbientFrame = { parent: frame, span, run, replay }
  sending.add(own)
  return runInFrame(own, send)
}

/** Whether the running code sends a request that a tap has recorded already. */
export function isSending(): boolean {
  for (let frame = currentFrame(); frame; frame = frame.parent) if (sending.has(frame)) return true
  return false
}
