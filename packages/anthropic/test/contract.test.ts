import { anthropicContract } from '@runtape/testing/vitest'
import { instrumentAnthropic } from '../src/index.ts'
import { inRuns } from './in-runs.ts'
import { anthropic1 } from './sdks.ts'

anthropicContract(`anthropic ${anthropic1.version}, instrumented,`, inRuns(anthropic1))
anthropicContract('a client whose calls nobody records', { ...anthropic1, instrument: instrumentAnthropic })
