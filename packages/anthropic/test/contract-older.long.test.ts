import { anthropicContract } from '@runtape/testing/vitest'
import { inRuns } from './in-runs.ts'
import { anthropic0, anthropicOldest } from './sdks.ts'

anthropicContract(`anthropic ${anthropicOldest.version}, instrumented,`, inRuns(anthropicOldest))
anthropicContract(`anthropic ${anthropic0.version}, instrumented,`, inRuns(anthropic0))
