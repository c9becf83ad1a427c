/**
 * Records every message of clients created after this is loaded, without changing the code that creates them: `node --import
 * @runtape/anthropic/auto app.js`, `node --require @runtape/anthropic/auto app.cjs`, or as the first import of a bundle.
 *
 * @module
 */
import { tapGlobalFetch } from '@runtape/provider/http'
import { anthropic } from './provider.ts'

tapGlobalFetch(anthropic)
