import { endpointAt } from './whole-answers.ts'

/** `POST /images/…`: pictures come as JSON, or as events with previews of them. */
export const images = ['/images/generations', '/images/edits', '/images/variations'].map(path =>
  endpointAt(path, { mayTellNoUsage: true }),
)
