import { googleContract } from '@runtape/testing/vitest'
import { instrument, isRecorded } from './in-runs.ts'
import { google3 } from './sdks.ts'

googleContract(`genai ${google3.version}, instrumented,`, { ...google3, instrument, ...isRecorded })
googleContract('a client whose calls nobody records', { ...google3, instrument })
