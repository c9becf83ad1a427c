export {
  type RuntapeEmbeddingMiddleware,
  type RuntapeMiddleware,
  runtapeEmbeddingMiddleware,
  runtapeMiddleware,
} from './middleware.ts'
export { type TracedToolsOptions, tracedTools } from './traced-tools.ts'
export { usageFromAiSdk } from './usage.ts'
