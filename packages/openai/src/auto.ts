/**
 * Records every model call of clients created after this is loaded, without changing the code that creates them: `node --import
 * @runtape/openai/auto app.js`, `node --require @runtape/openai/auto app.cjs`, or as the first import of a bundle.
 *
 * @module
 */

import { tapGlobalFetch } from '@runtape/provider/http'
import { openai } from './provider.ts'
import { StreamOptions } from './stream-options.ts'

tapGlobalFetch(openai, { edit: new StreamOptions() })
