import { endpointAt } from './whole-answers.ts'

/** `POST /audio/…`: transcriptions are JSON, text or events; speech is bytes, which are not kept. */
export const audio = [
  endpointAt('/audio/transcriptions', { mayBeText: true, mayTellNoUsage: true }),
  endpointAt('/audio/translations', { mayBeText: true, mayTellNoUsage: true }),
  endpointAt('/audio/speech', { isBinary: true, mayTellNoUsage: true }),
]
