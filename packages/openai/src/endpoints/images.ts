import { endpointAt } from './whole-answers.ts'

/** `POST /images/…`: images are JSON, or events with previews. */
export const images = ['/images/generations', '/images/edits', '/images/variations'].map(path =>
  endpointAt(path, { mayTellNoUsage: true }),
)
