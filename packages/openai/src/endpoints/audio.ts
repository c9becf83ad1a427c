import { endpointAt } from './whole-answers.ts'

/** `POST /audio/…`: what is said comes as JSON, text or events; speech comes as bytes, which are not kept. */
export const audio = [
  endpointAt('/audio/transcriptions', { mayBeText: true, mayTellNoUsage: true }),
  endpointAt('/audio/translations', { mayBeText: true, mayTellNoUsage: true }),
  endpointAt('/audio/speech', { isBinary: true, mayTellNoUsage: true }),
]
