import { asking } from './asking.ts'
import type { Behaviour } from './behaviour.ts'
import { endpoints } from './endpoints.ts'
import { failing } from './failing.ts'
import { others } from './others.ts'
import { streaming } from './streaming.ts'
import { wire } from './wire.ts'

/** What the SDK promises an application, and an instrumented client has to promise too. */
export const behaviours: readonly Behaviour[] = [
  ...asking,
  ...streaming,
  ...wire,
  ...failing,
  ...endpoints,
  ...others,
]

export { collect, outcome, question, refusing, streamed } from './behaviour.ts'
export type { Behaviour }
