import { type AmbientFrame, currentFrame, runInFrame } from '@runtape/core/internal'

// Also another copy of this package knows it by this name.
const mark = Symbol.for('runtape.provider.sending.1')

type SendingFrame = AmbientFrame & { readonly [mark]?: true }

/** Sends in this frame, where no other tap takes the request for a call: one call is recorded once. */
export function sendIn<T>(frame: AmbientFrame | undefined, send: () => T): T {
  const { span, run, replay } = frame ?? {}
  const own: SendingFrame = { parent: frame, span, run, replay, [mark]: true }
  return runInFrame(own, send)
}

/** Whether the running code sends a request that a tap has recorded already. */
export function isSending(): boolean {
  for (let frame: SendingFrame | undefined = currentFrame(); frame; frame = frame.parent)
    if (frame[mark]) return true
  return false
}
