import { type AmbientFrame, currentFrame, runInFrame } from '@runtape/core/internal'

// Global, so that other copies of this package recognize it.
const mark = Symbol.for('runtape.provider.sending.1')

type SendingFrame = AmbientFrame & { readonly [mark]?: true }

/** Calls `send` in this frame with nested taps suppressed, so that one call is recorded once. */
export function sendIn<T>(frame: AmbientFrame | undefined, send: () => T): T {
  const { span, run, replay } = frame ?? {}
  const own: SendingFrame = { parent: frame, span, run, replay, [mark]: true }
  return runInFrame(own, send)
}

/** Whether the running code sends a request that a tap already records. */
export function isSending(): boolean {
  for (let frame: SendingFrame | undefined = currentFrame(); frame; frame = frame.parent)
    if (frame[mark]) return true
  return false
}
