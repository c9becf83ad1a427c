/**
 * Records every message of clients that are built after this is loaded, with no change to the code that builds them:
 * `node --import @runtape/anthropic/auto app.js`, `node --require @runtape/anthropic/auto app.cjs`, or as the first
 * import of a bundle.
 *
 * @module
 */
import { tapGlobalFetch } from '@runtape/provider/http'
import { anthropic } from './provider.ts'

tapGlobalFetch(anthropic)
