import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { VERSION } from 'openai/version'
import OpenAI5 from 'openai-5'
import { zodResponseFormat as zodResponseFormat5 } from 'openai-5/helpers/zod'
import { VERSION as VERSION5 } from 'openai-5/version'
import OpenAI6 from 'openai-6'
import { zodResponseFormat as zodResponseFormat6 } from 'openai-6/helpers/zod'
import { VERSION as VERSION6 } from 'openai-6/version'
import { z } from 'zod'
import { z as z3 } from 'zod/v3'

/** One major version of the `openai` package, as the newest one's types see it. */
export interface Sdk {
  readonly version: string
  readonly OpenAI: typeof OpenAI
  /** A structured output made by the version's own zod helper. */
  timeFormat(): unknown
}

const time = { hour: z.number(), minute: z.number() }

export const sdks: readonly Sdk[] = [
  {
    version: VERSION5,
    OpenAI: OpenAI5 as unknown as typeof OpenAI,
    timeFormat: () =>
      zodResponseFormat5(z3.object({ hour: z3.number(), minute: z3.number() }) as never, 'time') as never,
  },
  {
    version: VERSION6,
    OpenAI: OpenAI6 as unknown as typeof OpenAI,
    timeFormat: () => zodResponseFormat6(z.object(time), 'time') as never,
  },
  {
    version: VERSION,
    OpenAI,
    timeFormat: () => zodResponseFormat(z.object(time), 'time'),
  },
]

export const newest = sdks.at(-1) as Sdk
