/**
 * Records every model call of clients of Google's SDK, without changing the code that creates them: `node --import
 * @runtape/google/auto app.js`, `node --require @runtape/google/auto app.cjs`, or as the first import of a bundle.
 *
 * @module
 */
import { tapGlobalFetch } from '@runtape/provider/http'
import { google } from './provider.ts'

tapGlobalFetch(google)
