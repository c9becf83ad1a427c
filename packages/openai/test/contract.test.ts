import { openaiContract } from '@runtape/testing/vitest'
import { instrumentOpenAI } from '../src/index.ts'
import { inRuns } from './in-runs.ts'
import { openai7 } from './sdks.ts'

openaiContract(`openai ${openai7.version}, instrumented,`, inRuns(openai7))
openaiContract('a client whose calls nobody records', { ...openai7, instrument: instrumentOpenAI })
