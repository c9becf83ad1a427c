import type { Sdk } from '../sdks.ts'
import type { Case } from './case.ts'
import { failingCases } from './failing-cases.ts'
import { requestCases } from './request-cases.ts'
import { streamingCases } from './streaming-cases.ts'

/** What this major version promises an application. */
export const casesOf = (major: Sdk['major']): Case[] =>
  [...requestCases, ...streamingCases, ...failingCases].filter(({ majors = [5, 6, 7] as const }) =>
    (majors as readonly number[]).includes(major),
  )
