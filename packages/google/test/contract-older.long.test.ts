import type { GoogleSubject } from '@runtape/testing/google'
import { googleContract } from '@runtape/testing/vitest'
import { googleFetch } from '../src/index.ts'
import { instrument, isRecorded } from './in-runs.ts'
import { google1, google2 } from './sdks.ts'

const { fetch } = globalThis

/** Like `@runtape/google/auto`: version 1 has no `fetch` option. */
const byGlobalFetch: Pick<GoogleSubject, 'instrument' | 'around' | 'dispose'> = {
  instrument: client => {
    globalThis.fetch = googleFetch(fetch as never) as typeof fetch
    return client
  },
  around: isRecorded.around,
  dispose: () => {
    globalThis.fetch = fetch
    isRecorded.dispose()
  },
}

googleContract(`genai ${google1.version} by its global fetch, instrumented,`, {
  ...google1,
  ...byGlobalFetch,
})
googleContract(`genai ${google2.version}, instrumented,`, { ...google2, instrument, ...isRecorded })
