import { openaiContract } from '@runtape/testing/vitest'
import { inRuns } from './in-runs.ts'
import { openai5, openai6 } from './sdks.ts'

openaiContract(`openai ${openai5.version}, instrumented,`, inRuns(openai5))
openaiContract(`openai ${openai6.version}, instrumented,`, inRuns(openai6))
