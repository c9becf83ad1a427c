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

const time = { hour: z.number(), minute: z.number() }
const time3 = z3.object({ hour: z3.number(), minute: z3.number() })

/** The supported major versions of the `openai` package, each with its own zod helper. */
export const openai5 = {
  version: VERSION5,
  OpenAI: OpenAI5,
  // Its types require zod 3.
  timeFormat: () => zodResponseFormat5(time3 as never, 'time'),
}
export const openai6 = {
  version: VERSION6,
  OpenAI: OpenAI6,
  timeFormat: () => zodResponseFormat6(z.object(time), 'time'),
}
export const openai7 = {
  version: VERSION,
  OpenAI,
  timeFormat: () => zodResponseFormat(z.object(time), 'time'),
}
